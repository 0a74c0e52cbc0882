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
                    worker: "host/7", session: "s1", slots: 20, kinds: [.exec, .native], regions: ["eu-*"],
                    roles: ["audit/*"], account: AccountID("012345678901"), program: "0.1.0", held: [Self.token])),
            #"{"account":"012345678901","held":["17.2.1"],"kinds":["exec","native"],"program":"0.1.0","#
                + #""regions":["eu-*"],"roles":["audit/*"],"session":"s1","slots":20,"type":"hello","worker":"host/7"}"#
        )
        let offer = NativeOffer(
            program: "audit", build: "1f2e",
            functions: [.init(name: "f", input: "{\"a\": text}", output: "integer"), .init(name: "g")])
        try MessageForm.expect(
            WorkerMessage.hello(Hello(worker: "w", session: "s1", slots: 1, kinds: [.native], native: offer)),
            #"{"held":[],"kinds":["native"],"native":{"build":"1f2e","functions":[{"input":"{\"a\": text}","#
                + #""name":"f","output":"integer"},{"name":"g"}],"program":"audit"},"program":"","session":"s1","#
                + #""slots":1,"type":"hello","worker":"w"}"#)
        try MessageForm.expect(
            WorkerMessage.hello(Hello(worker: "", session: "s1", slots: 1, kinds: [])),
            #"{"held":[],"kinds":[],"program":"","session":"s1","slots":1,"type":"hello","worker":""}"#)
        try MessageForm.expect(
            WorkerMessage.hello(Hello(worker: "", session: "s1", slots: 1, kinds: [], takesArtefacts: true)),
            #"{"held":[],"kinds":[],"program":"","session":"s1","slots":1,"takesArtefacts":true,"type":"hello","worker":""}"#
        )
        try MessageForm.expect(
            WorkerMessage.hello(Hello(worker: "", session: "s1", slots: 1, kinds: [], takesSettings: true)),
            #"{"held":[],"kinds":[],"program":"","session":"s1","slots":1,"takesSettings":true,"type":"hello","worker":""}"#
        )
    }

    @Test func `a fetch`() throws {
        try MessageForm.expect(
            WorkerMessage.fetch(
                ArtefactRequest(artefact: ArtefactReference(digest: "ab", size: 1_024), offset: 512)),
            #"{"artefact":{"digest":"ab","size":1024},"offset":512,"type":"fetch"}"#)
    }

    @Test func `a hello may leave out what has a default, and name kinds that are not known yet`() throws {
        #expect(
            try MessageForm.value(
                #"{"type":"hello","worker":"w","session":"s1","slots":1,"kinds":["native","quantum"]}"#)
                == WorkerMessage.hello(Hello(worker: "w", session: "s1", slots: 1, kinds: [.native])))
    }

    @Test func `a request for leases`() throws {
        try MessageForm.expect(
            WorkerMessage.leaseRequest(LeaseRequest(want: 5)), #"{"type":"leaseRequest","want":5}"#)
    }

    @Test func `heartbeat and goodbye`() throws {
        try MessageForm.expect(
            WorkerMessage.heartbeat(Heartbeat(number: 1)), #"{"isDraining":false,"number":1,"type":"heartbeat"}"#)
        try MessageForm.expect(
            WorkerMessage.heartbeat(Heartbeat(number: .max, isDraining: true)),
            #"{"isDraining":true,"number":9223372036854775807,"type":"heartbeat"}"#)
        #expect(
            try MessageForm.value(#"{"type":"heartbeat","number":1}"#)
                == WorkerMessage.heartbeat(Heartbeat(number: 1)))
        try MessageForm.expect(WorkerMessage.goodbye, #"{"type":"goodbye"}"#)
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
            WorkerMessage.report(reports),
            #"{"reports":["# + coded.joined(separator: ",") + #"],"type":"report"}"#)
        try MessageForm.expect(WorkerMessage.report([]), #"{"reports":[],"type":"report"}"#)
    }

    @Test func `releases`() throws {
        let reasons: [LeaseRelease.Reason] = [
            .notStarted, .interrupted, .throttled(Self.failure), .unreachable(Self.failure),
            .callerCredentials(Self.failure),
        ]
        let failure = #""failure":{"message":"m","type":"T"},"#
        let texts = [
            #""reason":"notStarted""#, #""reason":"interrupted""#, failure + #""reason":"throttled""#,
            failure + #""reason":"unreachable""#, failure + #""reason":"callerCredentials""#,
        ]
        try MessageForm.expect(
            WorkerMessage.release(reasons.map { LeaseRelease(token: Self.token, reason: $0) }),
            #"{"releases":["# + texts.map { #"{\#($0),"token":"17.2.1"}"# }.joined(separator: ",")
                + #"],"type":"release"}"#)
    }

    @Test(arguments: [
        "{}", "[]", "null", #""heartbeat""#, #"{"type":"welcome"}"#, #"{"type":null}"#, #"{"type":7}"#,
        #"{"type":"heartbeat"}"#, #"{"type":"heartbeat","number":0}"#, #"{"heartbeat":{"number":1}}"#,
        #"{"type":"leaseRequest"}"#, #"{"type":"leaseRequest","want":"5"}"#, #"{"type":"leaseRequest","want":1.5}"#,
        #"{"type":"leaseRequest","want":0}"#, #"{"type":"leaseRequest","want":-1}"#,
        #"{"type":"leaseRequest","want":9223372036854775807}"#,
        #"{"type":"hello","kinds":[],"slots":0,"worker":"","session":"s1"}"#,
        #"{"type":"hello","kinds":[],"slots":9223372036854775807,"worker":"","session":"s1"}"#,
        #"{"type":"hello","kinds":[],"slots":1,"worker":""}"#,
        #"{"type":"hello","kinds":[],"slots":1,"worker":"","session":"s1","account":"1"}"#,
        #"{"type":"hello","kinds":[],"slots":1,"worker":"","session":"s1","held":["1.2"]}"#,
        #"{"type":"report","reports":[{"durationMilliseconds":1,"outcome":{"state":"ready"},"startedAt":1,"token":"17.2.1"}]}"#,
        #"{"type":"report","reports":[{"durationMilliseconds":1,"outcome":{"state":"succeeded"},"startedAt":1,"token":"17.2"}]}"#,
        #"{"type":"fetch","offset":0}"#, #"{"type":"fetch","artefact":{"digest":"a","size":1},"offset":-1}"#,
        #"{"type":"fetch","artefact":{"digest":"a","size":1},"offset":67108865}"#,
        #"{"type":"report"}"#, #"{"type":"release","releases":[{"token":"17.2.1","reason":"bored"}]}"#,
    ])
    func `what is no message is refused`(text: String) {
        #expect(MessageForm.refuses(WorkerMessage.self, text))
    }
}
