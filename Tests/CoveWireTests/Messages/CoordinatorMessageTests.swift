// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

/// What the coordinator says, as it stands on the wire: a text here may not change without a new version of the protocol.
@Suite struct CoordinatorMessageTests {
    static let token = LeaseToken(task: TaskID(17), epoch: 2, generation: 1)

    @Test func `welcome`() throws {
        try MessageForm.expect(
            CoordinatorMessage.welcome(Welcome(epoch: 2, terms: LeaseTerms())),
            #"{"welcome":{"_0":{"epoch":2,"terms":{"heartbeatMilliseconds":15000,"ttlMilliseconds":60000}}}}"#)
    }

    @Test func `a grant`() throws {
        let run = try #require(RunID("20261120-235959-k3x9q"))
        let account = Account(
            id: try #require(AccountID("012345678901")), name: "n", arn: "a", email: "e", status: "ACTIVE",
            state: "ACTIVE")
        let grant = LeaseGrant(
            leases: [
                Lease(token: Self.token, run: run, account: account, region: RegionName("eu-west-1"), attempt: 1),
                Lease(token: Self.token, run: run, account: Account(id: account.id), region: nil, attempt: 2),
            ],
            assignments: [
                RunAssignment(
                    run: run, function: .exec(ProgramSpecification(program: "/bin/echo", arguments: ["a"])),
                    role: RoleSpecification(
                        name: "audit/Reader", policy: "{}", policyARNs: ["arn:x"], externalID: "x1",
                        durationSeconds: 900),
                    partition: "aws", taskTimeoutSeconds: 60),
                RunAssignment(
                    run: run, function: .native("f"), role: RoleSpecification(name: "Reader"), partition: "aws-cn"),
            ])
        let full = #"{"arn":"a","email":"e","id":"012345678901","name":"n","state":"ACTIVE","status":"ACTIVE"}"#
        try MessageForm.expect(
            CoordinatorMessage.grant(grant),
            #"{"grant":{"_0":{"assignments":["#
                + #"{"function":{"kind":"exec","program":{"arguments":["a"],"parsing":"auto","program":"/bin/echo"}},"#
                + #""partition":"aws","role":{"durationSeconds":900,"externalID":"x1","name":"audit/Reader","policy":"{}","#
                + #""policyARNs":["arn:x"],"sessionName":"Reader"},"run":"20261120-235959-k3x9q","taskTimeoutSeconds":60},"#
                + #"{"function":{"kind":"native","name":"f"},"partition":"aws-cn","#
                + #""role":{"name":"Reader","sessionName":"Reader"},"run":"20261120-235959-k3x9q"}],"leases":["#
                + #"{"account":\#(full),"attempt":1,"region":"eu-west-1","run":"20261120-235959-k3x9q","token":"17.2.1"},"#
                + #"{"account":{"id":"012345678901"},"attempt":2,"run":"20261120-235959-k3x9q","token":"17.2.1"}]}}}"#)
    }

    @Test func `verdicts`() throws {
        let verdicts: [ReportVerdict] = [.applied, .duplicate, .stale, .unknown]
        try MessageForm.expect(
            CoordinatorMessage.verdicts(verdicts.map { ReportAnswer(token: Self.token, verdict: $0) }),
            #"{"verdicts":{"_0":["#
                + ["applied", "duplicate", "stale", "unknown"].map { #"{"token":"17.2.1","verdict":"\#($0)"}"# }
                .joined(separator: ",") + "]}}")
    }

    @Test func `cancel, drain and refusal`() throws {
        try MessageForm.expect(CoordinatorMessage.cancel([Self.token]), #"{"cancel":{"_0":["17.2.1"]}}"#)
        try MessageForm.expect(CoordinatorMessage.drain, #"{"drain":{}}"#)
        let refusal = Refusal(code: "outOfTurn", message: "found a, expected b")
        try MessageForm.expect(
            CoordinatorMessage.refusal(refusal),
            #"{"refusal":{"_0":{"code":"outOfTurn","message":"found a, expected b"}}}"#)
        #expect(refusal.description == "outOfTurn: found a, expected b")
    }

    @Test(arguments: [
        "{}", "[]", #"{"heartbeat":{}}"#, #"{"welcome":{"_0":{"epoch":2}}}"#, #"{"cancel":{"_0":["17.2"]}}"#,
        #"{"verdicts":{"_0":[{"token":"17.2.1","verdict":"perhaps"}]}}"#, #"{"drain":{},"cancel":{"_0":[]}}"#,
        #"{"grant":{"_0":{"leases":[]}}}"#,
    ])
    func `what is no message is refused`(text: String) {
        #expect(MessageForm.refuses(CoordinatorMessage.self, text))
    }
}
