// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

/// What a coordinator answers, as it stands on the wire: a text here may not change without a new version of the protocol.
@Suite struct ReplyMessageTests {
    private static let record =
        #"{"accounts":3,"callingAccount":"012345678901","counts":{"failed":0,"leased":0,"ready":0,"roleNotAssumed":0,"succeeded":0},"#
        + #""createdAt":5,"id":"20261120-235959-k3x9q","partition":"aws","specification":"#
        + #"{"function":{"kind":"native","name":"f"},"isAtMostOnce":false,"raisesException":false,"#
        + #""role":{"name":"Reader","sessionName":"Reader"},"selection":{"ignored":[],"includesCallingAccount":false}},"#
        + #""state":"planned","stopReason":{"reason":"cancelled"}}"#
    private static let task =
        #"{"account":{"id":"012345678901"},"attempts":1,"durationMilliseconds":6,"id":17,"outcome":{"result":"1","state":"succeeded"},"#
        + #""region":"eu-west-1","startedAt":5,"state":"succeeded","wasInterrupted":false,"worker":"w"}"#
    private static let worker =
        #"{"account":"012345678901","address":"h:1","connectedAt":5,"kinds":["exec"],"leases":2,"name":"w","native":{"build":"b","functions":[{"name":"f"}],"program":"p"},"program":"0.1.0","#
        + #""regions":["eu-*"],"roles":["*"],"silentMilliseconds":9,"slots":4,"state":"serving"}"#
    private static let plan =
        #"{"callingAccount":"012345678901","leftOut":[{"account":{"id":"012345678901"},"reason":{"reason":"callingAccount"}}],"#
        + #""partition":"aws","regions":["eu-west-1"],"targets":[{"id":"012345678901"}]}"#

    private static func replies() throws -> [(ClientReply, String)] {
        let account = Account(id: try #require(AccountID("012345678901")))
        let region = try #require(RegionName("eu-west-1"))
        let run = RunRecord(
            id: try #require(RunID("20261120-235959-k3x9q")),
            specification: RunSpecification(function: .native("f"), role: RoleSpecification(name: "Reader")),
            state: .planned, createdAt: Timestamp(milliseconds: 5), callingAccount: account.id, partition: "aws",
            counts: RunCounts(), accounts: 3, stopReason: .cancelled)
        let task = TaskRecord(
            id: TaskID(17), account: account, region: region, state: .succeeded, attempts: 1, wasInterrupted: false,
            outcome: .succeeded(JSONText(trusted: Array("1".utf8))), startedAt: Timestamp(milliseconds: 5),
            durationMilliseconds: 6, worker: "w")
        let leftOut = NotTargeted(account, .callingAccount)
        let snapshot = RunSnapshot(
            record: run, status: RunStatus(isCompleted: false, stopReason: .cancelled, leasesOut: 2), revision: 9)
        let worker = WorkerRecord(
            name: "w", state: .serving, slots: 4, leases: 2, kinds: [.exec], regions: ["eu-*"], roles: ["*"],
            account: account.id, program: "0.1.0", address: "h:1", connectedAt: Timestamp(milliseconds: 5),
            silentMilliseconds: 9, native: NativeOffer(program: "p", build: "b", functions: [.init(name: "f")]))
        return [
            (.runs([run]), #"{"id":7,"kind":"runs","runs":[\#(record)],"type":"reply"}"#),
            (.run(run), #"{"id":7,"kind":"run","run":\#(record),"type":"reply"}"#),
            (.artefact(512), #"{"id":7,"kind":"artefact","stored":512,"type":"reply"}"#),
            (.run(nil), #"{"id":7,"kind":"run","type":"reply"}"#),
            (
                .tasks(TaskPage(tasks: [task], next: TaskCursor(account: 1, region: 2))),
                #"{"id":7,"kind":"tasks","next":{"account":1,"region":2},"tasks":[\#(Self.task)],"type":"reply"}"#
            ),
            (
                .outcomes(OutcomePage(tasks: [task], next: 8)),
                #"{"id":7,"kind":"outcomes","next":8,"tasks":[\#(Self.task)],"type":"reply"}"#
            ),
            (
                .skippedAccounts([leftOut]),
                #"{"accounts":[{"account":{"id":"012345678901"},"reason":{"reason":"callingAccount"}}],"id":7,"kind":"skippedAccounts","type":"reply"}"#
            ),
            (
                .snapshot(snapshot),
                #"{"id":7,"kind":"snapshot","snapshot":{"record":\#(record),"revision":9,"#
                    + #""status":{"isCompleted":false,"leasesOut":2,"stopReason":{"reason":"cancelled"}}},"type":"reply"}"#
            ),
            (.snapshot(nil), #"{"id":7,"kind":"snapshot","type":"reply"}"#),
            (.workers([worker]), #"{"id":7,"kind":"workers","type":"reply","workers":[\#(Self.worker)]}"#),
            (
                .plan(
                    RunPlan(
                        callingAccount: account.id, partition: "aws", regions: [region], targets: [account],
                        leftOut: [leftOut])), #"{"id":7,"kind":"plan","plan":\#(plan),"type":"reply"}"#
            ),
            (.retried(3), #"{"count":3,"id":7,"kind":"retried","type":"reply"}"#),
            (.done, #"{"id":7,"kind":"done","type":"reply"}"#),
        ]
            + ["invalidRequest", "notFound", "forbidden", "conflict", "unavailable"].compactMap { word in
                RequestFailure.Code(rawValue: word).map {
                    (
                        .failure(RequestFailure($0, ["p"])),
                        #"{"code":"\#(word)","id":7,"kind":"failure","problems":["p"],"type":"reply"}"#
                    )
                }
            }
    }

    @Test func `a worker that allows a kind of a later version is shown with those that are known`() throws {
        let text =
            #"{"name":"w","state":"serving","slots":1,"leases":0,"kinds":["quantum","exec"],"program":"","address":"","#
            + #""connectedAt":1,"silentMilliseconds":0}"#
        let message = try MessageForm.value(
            ReplyMessage.self, #"{"type":"reply","id":1,"kind":"workers","workers":[\#(text)]}"#)
        guard case .workers(let workers) = message.reply else {
            Issue.record("found \(message.reply)")
            return
        }
        #expect(workers.map(\.kinds) == [[.exec]])
    }

    @Test func `every reply has its form`() throws {
        let replies = try Self.replies()
        #expect(replies.count == 18)
        for (reply, text) in replies { try MessageForm.expect(ReplyMessage(id: 7, reply: reply), text) }
    }

    @Test(arguments: [
        (#"{"type":"reply","id":7,"kind":"dance"}"#, "this version does not know \"dance\""),
        (#"{"type":"reply","id":7,"kind":"retried","count":"3"}"#, "count: "),
        (#"{"type":"reply","id":7,"kind":"retried","count":-3}"#, "found -3"),
        (#"{"type":"reply","id":7}"#, "\"kind\" is missing"),
        (#"{"type":"reply","id":7,"kind":"runs"}"#, "\"runs\" is missing"),
    ])
    func `a reply that is not understood is the failure of its request`(text: String, problem: String) throws {
        let message = try MessageForm.value(ReplyMessage.self, text)
        #expect(message.id == 7)
        guard case .failure(let failure) = message.reply else {
            Issue.record("\(message.reply)")
            return
        }
        #expect(failure.code == .unavailable)
        #expect(failure.description.contains(problem), "\(failure)")
    }

    @Test func `a failure of a later version is one all the same`() throws {
        #expect(
            try MessageForm.value(#"{"type":"reply","id":7,"kind":"failure","code":"asleep","problems":[]}"#)
                == ReplyMessage(
                    id: 7, reply: .failure(RequestFailure(.unavailable, ["the coordinator gave no reason"]))))
    }

    @Test(arguments: ["{}", #"{"type":"reply","kind":"done"}"#, #"{"type":"request","id":7,"kind":"done"}"#])
    func `what is no reply is refused`(text: String) {
        #expect(MessageForm.refuses(ReplyMessage.self, text))
    }
}
