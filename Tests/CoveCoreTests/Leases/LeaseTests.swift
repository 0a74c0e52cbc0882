// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// Tokens, terms, reports and releases as they cross the wire.
@Suite struct LeaseTests {
    static let token = LeaseToken(task: TaskID(17), epoch: 2, generation: 1)
    static let failure = Failure(type: "T", message: "m")

    @Test func `a token is coded as its three numbers`() throws {
        #expect(Self.token.description == "17.2.1")
        #expect(try CodedForm.text([Self.token]) == #"["17.2.1"]"#)
        #expect(try CodedForm.value([LeaseToken].self, #"["17.2.1"]"#) == [Self.token])
        let largest = LeaseToken(task: TaskID(.max), epoch: .max, generation: .max)
        #expect(try CodedForm.value([LeaseToken].self, try CodedForm.text([largest])) == [largest])
    }

    @Test(arguments: [
        "", "17", "17.2", "17.2.1.0", "17.2.", ".2.1", "17..1", "17..2.1", "17.x.2.1", "x.17.2.1", "17.2.1.", "-17.2.1",
        "17.-2.1",
        "17.2.-1", "+17.2.1", "17.+2.1", "017.2.1", "-0.2.1", "17.2.x", "17,2,1", "17.2.1 ", " 17.2.1",
        "9223372036854775808.1.1",
        "１７.2.1",
    ])
    func `a token of another form is refused`(text: String) {
        #expect(
            CodedForm.problem([LeaseToken].self, "[\"\(text)\"]")
                == "found \"\(text)\", expected a token such as 17.2.1")
    }

    @Test(
        arguments: [
            (.notStarted, #""reason":"notStarted""#), (.interrupted, #""reason":"interrupted""#),
            (.throttled(failure), #""failure":{"message":"m","type":"T"},"reason":"throttled""#),
            (.unreachable(failure), #""failure":{"message":"m","type":"T"},"reason":"unreachable""#),
            (.callerCredentials(failure), #""failure":{"message":"m","type":"T"},"reason":"callerCredentials""#),
        ] as [(LeaseRelease.Reason, String)])
    func `a release goes there and back with its reason`(reason: LeaseRelease.Reason, text: String) throws {
        let release = LeaseRelease(token: Self.token, reason: reason)
        #expect(try CodedForm.text(reason) == "{\(text)}")
        #expect(try CodedForm.text(release) == #"{\#(text),"token":"17.2.1"}"#)
        #expect(try CodedForm.value(#"{\#(text),"token":"17.2.1"}"#) == release)
    }

    @Test(arguments: [
        #"{"token":"17.2.1"}"#, #"{"reason":{},"token":"17.2.1"}"#, #"{"reason":"tired","token":"17.2.1"}"#,
        #"{"reason":"throttled","token":"17.2.1"}"#, #"{"reason":"notStarted"}"#,
        #"{"reason":"notStarted","token":"17"}"#,
    ])
    func `a release without a known reason and a token is refused`(text: String) {
        #expect(CodedForm.problem(LeaseRelease.self, text) != nil)
    }

    @Test func `a report goes there and back`() throws {
        let report = AttemptReport(
            token: Self.token, outcome: .succeeded(nil), startedAt: Timestamp(milliseconds: 5),
            durationMilliseconds: 250)
        let text = #"{"durationMilliseconds":250,"outcome":{"state":"succeeded"},"startedAt":5,"token":"17.2.1"}"#
        #expect(try CodedForm.text(report) == text)
        #expect(try CodedForm.value(text) == report)
    }

    @Test(arguments: [(-1, 250), (253_402_300_800_000, 250), (5, -1), (5, Int64.max)] as [(Int64, Int64)])
    func `a report of a time that cannot be is refused`(startedAt: Int64, duration: Int64) {
        let text =
            #"{"durationMilliseconds":\#(duration),"outcome":{"state":"succeeded"},"startedAt":\#(startedAt),"token":"17.2.1"}"#
        #expect(CodedForm.problem(AttemptReport.self, text)?.contains("expected 0 to 253402300799999") == true)
    }

    @Test func `a lease without a region has no region`() throws {
        let lease = Lease(
            token: Self.token, run: try #require(RunID("20261120-235959-k3x9q")),
            account: Account(id: try #require(AccountID("012345678901"))), region: nil, attempt: 1)
        let text =
            #"{"account":{"id":"012345678901"},"attempt":1,"run":"20261120-235959-k3x9q","token":"17.2.1"}"#
        #expect(try CodedForm.text(lease) == text)
        #expect(try CodedForm.value(text) == lease)
    }

    @Test func `a lease is kept by four heartbeats in its time`() throws {
        #expect(LeaseTerms().ttl == .seconds(60))
        #expect(LeaseTerms().heartbeat == .seconds(15))
        #expect(LeaseTerms(ttl: .milliseconds(2)).heartbeat == .milliseconds(1))
        #expect(try CodedForm.text(LeaseTerms()) == #"{"heartbeatMilliseconds":15000,"ttlMilliseconds":60000}"#)
        #expect(try CodedForm.value(try CodedForm.text(LeaseTerms())) == LeaseTerms())
    }
}
