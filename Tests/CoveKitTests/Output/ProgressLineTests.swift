// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

@Suite struct ProgressLineTests {
    private static let start = ContinuousClock.now

    private static func counts(
        ready: Int = 0, leased: Int = 0, succeeded: Int = 0, failed: Int = 0, roleNotAssumed: Int = 0
    ) -> RunCounts {
        var counts = RunCounts()
        counts.ready = ready
        counts.leased = leased
        counts.succeeded = succeeded
        counts.failed = failed
        counts.roleNotAssumed = roleNotAssumed
        return counts
    }

    @Test func `done, failed, running, rate and time left`() {
        let line = ProgressLine(counts: RunCounts(), now: Self.start)
        let counts = Self.counts(ready: 60, leased: 20, succeeded: 15, failed: 3, roleNotAssumed: 2)
        #expect(
            line.text(counts, isPlanned: true, note: nil, width: 200, now: Self.start + .seconds(10))
                == "20/100 done · 5 failed · 20 running · 2/s · 40 s left")
    }

    @Test func `what is not known is not said`() {
        let line = ProgressLine(counts: RunCounts(), now: Self.start)
        #expect(
            line.text(RunCounts(), isPlanned: false, note: nil, width: 200, now: Self.start) == "0/0+ done · 0 running")
        #expect(
            line.text(
                Self.counts(ready: 5, succeeded: 5), isPlanned: false, note: nil, width: 200,
                now: Self.start + .seconds(2))
                == "5/10+ done · 0 running · 2.5/s")
        #expect(
            line.text(Self.counts(succeeded: 10), isPlanned: true, note: nil, width: 200, now: Self.start + .seconds(2))
                == "10/10 done · 0 running · 5/s")
    }

    @Test func `a note stands in place of the time left`() {
        let line = ProgressLine(counts: RunCounts(), now: Self.start)
        #expect(
            line.text(
                Self.counts(ready: 5, succeeded: 5), isPlanned: true, note: "stopping", width: 200,
                now: Self.start + .seconds(1))
                == "5/10 done · 0 running · 5/s · stopping")
    }

    @Test func `what was done before is not part of the rate`() {
        let line = ProgressLine(counts: Self.counts(ready: 20, succeeded: 80), now: Self.start)
        #expect(
            line.text(
                Self.counts(ready: 10, succeeded: 90), isPlanned: true, note: nil, width: 200,
                now: Self.start + .seconds(5))
                == "90/100 done · 0 running · 2/s · 5 s left")
    }

    @Test func `the line leaves the last column free`() {
        let line = ProgressLine(counts: RunCounts(), now: Self.start)
        for width in [0, 1, 2, 10, 20] {
            let text = line.text(Self.counts(leased: 20), isPlanned: true, note: nil, width: width, now: Self.start)
            #expect(text == String("0/20 done · 20 running".prefix(max(1, width - 1))))
        }
    }

    @Test(arguments: [
        (0.52, "0.52"), (7.1, "7.1"), (7.126, "7.13"), (2, "2"), (12.34, "12.3"), (99.96, "100"), (319.6, "320"),
        (4_567.8, "4568"),
        (0.001, "0"),
    ])
    func `a rate`(rate: Double, text: String) {
        #expect(ProgressLine.short(rate) == text)
    }

    @Test(arguments: [
        (0, "0 s"), (0.2, "1 s"), (59, "59 s"), (59.1, "1 min"), (60, "1 min"), (185, "3 min 5 s"),
        (3_599, "59 min 59 s"),
        (3_600, "1 h 0 min"), (8_040, "2 h 14 min"), (1e12, "99 h 59 min"), (.infinity, "99 h 59 min"),
    ])
    func `a time span`(seconds: Double, text: String) {
        #expect(ProgressLine.clock(seconds) == text)
    }
}
