// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Between which moments the deferred tasks of a region wait: no later than the first, no longer than the last.
///
/// It may be wider than what the tables say, never narrower; so a grant asks them only when something may be due.
struct DeferredSpan: Equatable {
    private(set) var earliest: Int64
    private(set) var latest: Int64

    init(earliest: Int64, latest: Int64) {
        self.earliest = earliest
        self.latest = latest
    }

    /// Of tasks that nobody has looked at yet.
    static let unknown = DeferredSpan(earliest: 0, latest: .max)

    /// Takes in a task that waits until a moment.
    mutating func include(_ notBefore: Int64) {
        earliest = min(earliest, notBefore)
        latest = max(latest, notBefore)
    }

    /// Whether a task may be due at a moment, or may seem to wait longer than any does.
    func mayBeDue(at now: Timestamp) -> Bool {
        earliest <= now.milliseconds || latest > (now + Deferral.longest).milliseconds
    }
}
