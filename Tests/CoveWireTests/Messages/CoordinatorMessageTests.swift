// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

/// What the coordinator says, as it stands on the wire: a text here may not change without a new version of the protocol.
@Suite struct CoordinatorMessageTests {
    static let token = LeaseToken(task: TaskID(17), epoch: 2, generation: 1)

    @Test func `welcome`() throws {
        let terms = #""terms":{"heartbeatMilliseconds":15000,"ttlMilliseconds":60000},"type":"welcome""#
        try MessageForm.expect(
            CoordinatorMessage.welcome(Welcome(epoch: 2, terms: LeaseTerms())), #"{"epoch":2,"lost":[],\#(terms)}"#)
        try MessageForm.expect(
            CoordinatorMessage.welcome(
                Welcome(
                    epoch: 2, terms: LeaseTerms(), lost: [Self.token], callingAccount: AccountID("012345678901"))),
            #"{"callingAccount":"012345678901","epoch":2,"lost":["17.2.1"],\#(terms)}"#)
        #expect(
            try MessageForm.value(#"{"epoch":2,\#(terms)}"#)
                == CoordinatorMessage.welcome(Welcome(epoch: 2, terms: LeaseTerms())))
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
                RunAssignment(
                    run: run,
                    function: .call(
                        CallSpecification(
                            service: "iam", operation: "GetUser",
                            input: JSONText(trusted: Array(#"{"UserName":"é"}"#.utf8)))),
                    role: RoleSpecification(name: "Reader"), partition: "aws"),
            ])
        let full = #"{"arn":"a","email":"e","id":"012345678901","name":"n","state":"ACTIVE","status":"ACTIVE"}"#
        try MessageForm.expect(
            CoordinatorMessage.grant(grant),
            #"{"assignments":["#
                + #"{"function":{"kind":"exec","program":{"arguments":["a"],"parsing":"auto","program":"/bin/echo"}},"#
                + #""partition":"aws","role":{"durationSeconds":900,"externalID":"x1","name":"audit/Reader","policy":"{}","#
                + #""policyARNs":["arn:x"],"sessionName":"Reader"},"run":"20261120-235959-k3x9q","taskTimeoutSeconds":60},"#
                + #"{"function":{"kind":"native","name":"f"},"partition":"aws-cn","#
                + #""role":{"name":"Reader","sessionName":"Reader"},"run":"20261120-235959-k3x9q"},"#
                + #"{"function":{"call":{"input":"{\"UserName\":\"é\"}","isPaginated":true,"operation":"GetUser","service":"iam"},"#
                + #""kind":"call"},"partition":"aws","role":{"name":"Reader","sessionName":"Reader"},"#
                + #""run":"20261120-235959-k3x9q"}],"leases":["#
                + #"{"account":\#(full),"attempt":1,"region":"eu-west-1","run":"20261120-235959-k3x9q","token":"17.2.1"},"#
                + #"{"account":{"id":"012345678901"},"attempt":2,"run":"20261120-235959-k3x9q","token":"17.2.1"}],"#
                + #""type":"grant"}"#)
    }

    @Test func `verdicts`() throws {
        let verdicts: [ReportVerdict] = [.applied, .duplicate, .stale, .unknown]
        try MessageForm.expect(
            CoordinatorMessage.verdicts(verdicts.map { ReportAnswer(token: Self.token, verdict: $0) }),
            #"{"answers":["#
                + ["applied", "duplicate", "stale", "unknown"].map { #"{"token":"17.2.1","verdict":"\#($0)"}"# }
                .joined(separator: ",") + #"],"type":"verdicts"}"#)
    }

    @Test func `renewal, cancel, drain, goaway and refusal`() throws {
        try MessageForm.expect(
            CoordinatorMessage.renewal(Renewal(number: 7)), #"{"number":7,"type":"renewal"}"#)
        try MessageForm.expect(
            CoordinatorMessage.cancel([Self.token]), #"{"tokens":["17.2.1"],"type":"cancel"}"#)
        try MessageForm.expect(CoordinatorMessage.drain, #"{"type":"drain"}"#)
        try MessageForm.expect(
            CoordinatorMessage.goaway(Goaway(reason: "restart", retryMilliseconds: 1_000)),
            #"{"reason":"restart","retryMilliseconds":1000,"type":"goaway"}"#)
        let refusal = Refusal(code: "outOfTurn", message: "found a, expected b")
        try MessageForm.expect(
            CoordinatorMessage.refusal(refusal),
            #"{"code":"outOfTurn","message":"found a, expected b","type":"refusal"}"#)
        #expect(refusal.description == "outOfTurn: found a, expected b")
    }

    @Test func `parts of artefacts`() throws {
        let artefact = ArtefactReference(digest: "ab", size: 1_024)
        try MessageForm.expect(
            CoordinatorMessage.part(ArtefactPart(artefact: artefact, offset: 3, content: .bytes([0, 1, 2]))),
            #"{"artefact":{"digest":"ab","size":1024},"data":"AAEC","offset":3,"type":"part"}"#)
        try MessageForm.expect(
            CoordinatorMessage.part(ArtefactPart(artefact: artefact, offset: 3, content: .problem("gone"))),
            #"{"artefact":{"digest":"ab","size":1024},"offset":3,"problem":"gone","type":"part"}"#)
    }

    @Test func `nobody is told to stay away for longer than an hour, or for less than no time`() throws {
        for (told, taken) in [(-5, 0), (3_600_001, 3_600_000), (Int64.max, 3_600_000)] as [(Int64, Int64)] {
            #expect(
                try MessageForm.value(#"{"type":"goaway","reason":"r","retryMilliseconds":\#(told)}"#)
                    == CoordinatorMessage.goaway(Goaway(reason: "r", retryMilliseconds: taken)))
        }
    }

    @Test(arguments: [
        "{}", "[]", #"{"type":"heartbeat","number":1}"#, #"{"type":"welcome","epoch":2}"#,
        #"{"type":"welcome","epoch":2,"terms":{"heartbeatMilliseconds":1,"ttlMilliseconds":0}}"#,
        #"{"type":"welcome","epoch":2,"terms":{"heartbeatMilliseconds":0,"ttlMilliseconds":60000}}"#,
        #"{"type":"welcome","epoch":2,"terms":{"heartbeatMilliseconds":60001,"ttlMilliseconds":60000}}"#,
        #"{"type":"welcome","epoch":2,"terms":{"heartbeatMilliseconds":1,"ttlMilliseconds":9223372036854775807}}"#,
        #"{"type":"cancel","tokens":["17.2"]}"#, #"{"type":"cancel"}"#, #"{"type":"renewal","number":0}"#,
        #"{"type":"verdicts","answers":[{"token":"17.2.1","verdict":"perhaps"}]}"#, #"{"type":"grant","leases":[]}"#,
        #"{"drain":{}}"#, #"{"type":"part","artefact":{"digest":"a","size":1},"offset":0}"#,
        #"{"type":"part","artefact":{"digest":"a","size":1},"offset":0,"data":""}"#,
    ])
    func `what is no message is refused`(text: String) {
        #expect(MessageForm.refuses(CoordinatorMessage.self, text))
    }
}
