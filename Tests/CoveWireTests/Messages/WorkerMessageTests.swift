// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

/// What a worker says, as it stands on the wire: a text here may not change without a new version of the protocol.
@Suite struct WorkerMessageTests {
    static let token = LeaseToken(task: TaskID(17), epoch: 2, generation: 1)
    static let failure = Failure(type: "T", message: "m")

    @Test func `hello`() throws {
        try MessageForm.expect(
            WorkerMessage.hello(
                Hello(
                    worker: "host/7", session: "s1", slots: 20, kinds: [.exec, .native],
                    account: AccountID("012345678901"))),
            #"{"hello":{"_0":{"account":"012345678901","kinds":["exec","native"],"slots":20,"worker":"host/7"}}}"#)
        try MessageForm.expect(
            WorkerMessage.hello(Hello(worker: "", session: "s1", slots: 1, kinds: [])),
            #"{"hello":{"_0":{"kinds":[],"slots":1,"worker":""}}}"#)
    }

    @Test func `a request for leases`() throws {
        try MessageForm.expect(
            WorkerMessage.leaseRequest(LeaseRequest(want: 5)), #"{"leaseRequest":{"_0":{"want":5}}}"#)
    }

    @Test func `heartbeat and goodbye`() throws {
        try MessageForm.expect(WorkerMessage.heartbeat(Heartbeat(number: 1)), #"{"heartbeat":{}}"#)
        try MessageForm.expect(WorkerMessage.goodbye, #"{"goodbye":{}}"#)
    }

    @Test func `reports`() throws {
        let outcomes: [Outcome] = [
            .succeeded(nil), .succeeded(JSONText(string: "é")), .failed(Self.failure), .roleNotAssumed(Self.failure),
        ]
        let texts = [
            #"{"state":"succeeded"}"#, #"{"result":"\"é\"","state":"succeeded"}"#,
            #"{"failure":{"message":"m","type":"T"},"state":"failed"}"#,
            #"{"failure":{"message":"m","type":"T"},"state":"roleNotAssumed"}"#,
        ]
        let reports = outcomes.map {
            AttemptReport(
                token: Self.token, outcome: $0, startedAt: Timestamp(milliseconds: 1_795_219_199_123),
                durationMilliseconds: 250)
        }
        let coded = texts.map {
            #"{"durationMilliseconds":250,"outcome":\#($0),"startedAt":1795219199123,"token":"17.2.1"}"#
        }
        try MessageForm.expect(
            WorkerMessage.report(reports), #"{"report":{"_0":["# + coded.joined(separator: ",") + "]}}")
        try MessageForm.expect(WorkerMessage.report([]), #"{"report":{"_0":[]}}"#)
    }

    @Test func `releases`() throws {
        let reasons: [LeaseRelease.Reason] = [
            .notStarted, .interrupted, .throttled(Self.failure), .unreachable(Self.failure),
            .callerCredentials(Self.failure),
        ]
        let texts = [
            #"{"notStarted":{}}"#, #"{"interrupted":{}}"#, #"{"throttled":{"_0":{"message":"m","type":"T"}}}"#,
            #"{"unreachable":{"_0":{"message":"m","type":"T"}}}"#,
            #"{"callerCredentials":{"_0":{"message":"m","type":"T"}}}"#,
        ]
        try MessageForm.expect(
            WorkerMessage.release(reasons.map { LeaseRelease(token: Self.token, reason: $0) }),
            #"{"release":{"_0":["# + texts.map { #"{"reason":\#($0),"token":"17.2.1"}"# }.joined(separator: ",") + "]}}"
        )
    }

    @Test(arguments: [
        "{}", "[]", "null", #""heartbeat""#, #"{"welcome":{}}"#, #"{"heartbeat":{},"goodbye":{}}"#,
        #"{"leaseRequest":{}}"#,
        #"{"leaseRequest":{"_0":{"want":"5"}}}"#, #"{"leaseRequest":{"_0":{"want":1.5}}}"#,
        #"{"hello":{"_0":{"kinds":["python"],"slots":1,"worker":""}}}"#,
        #"{"hello":{"_0":{"account":"1","kinds":[],"slots":1,"worker":""}}}"#,
        #"{"report":{"_0":[{"durationMilliseconds":1,"outcome":{"state":"ready"},"startedAt":1,"token":"17.2.1"}]}}"#,
        #"{"report":{"_0":[{"durationMilliseconds":1,"outcome":{"state":"succeeded"},"startedAt":1,"token":"17.2"}]}}"#,
    ])
    func `what is no message is refused`(text: String) {
        #expect(MessageForm.refuses(WorkerMessage.self, text))
    }
}
