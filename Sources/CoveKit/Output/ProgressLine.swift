// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What a run's progress looks like in one line: done, failed, rate, time left.
struct ProgressLine {
    private let start: ContinuousClock.Instant
    private let doneAtStart: Int

    /// Counts from now on; what was done before is not part of the rate.
    init(counts: RunCounts, now: ContinuousClock.Instant) {
        start = now
        doneAtStart = counts.settled
    }

    /// The line, at most `width` columns.
    func text(_ counts: RunCounts, isPlanned: Bool, note: String?, width: Int, now: ContinuousClock.Instant) -> String {
        let elapsed = max(0.001, Double((now - start).milliseconds) / 1_000)
        let rate = Double(counts.settled - doneAtStart) / elapsed
        var parts = Self.totals(counts, isPlanned: isPlanned)
        if rate > 0 { parts.append("\(Self.short(rate))/s") }
        let left = counts.total - counts.settled
        if let note {
            parts.append(note)
        } else if rate > 0, left > 0, isPlanned {
            parts.append("\(Self.clock(Double(left) / rate)) left")
        }
        return String(parts.joined(separator: " · ").prefix(max(1, width - 1)))
    }

    /// How many tasks stand where, in a line without a clock.
    static func totals(_ record: RunRecord) -> String {
        totals(record.counts, isPlanned: record.state != .planning).joined(separator: " · ")
    }

    private static func totals(_ counts: RunCounts, isPlanned: Bool) -> [String] {
        let done = "\(counts.settled)/\(counts.total)\(isPlanned ? "" : "+") done"
        let failed = counts.unsuccessful > 0 ? ["\(counts.unsuccessful) failed"] : []
        return [done] + failed + ["\(counts.leased) running"]
    }

    /// A rate in three digits: `0.52`, `7.1`, `320`.
    static func short(_ rate: Double) -> String {
        let scaled =
            rate >= 100 ? rate.rounded() : rate >= 10 ? (rate * 10).rounded() / 10 : (rate * 100).rounded() / 100
        return scaled == scaled.rounded() ? "\(Int(scaled))" : "\(scaled)"
    }

    /// Seconds as people say them: `12 s`, `3 min 5 s`, `2 h 14 min`.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(.up), 359_999))
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return whole % 60 == 0 ? "\(whole / 60) min" : "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }
}
