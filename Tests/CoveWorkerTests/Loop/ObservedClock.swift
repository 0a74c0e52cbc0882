// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire

/// Clocks that stand still until a test moves them, and that say who sleeps for how long.
final class ObservedClock: Sendable {
    private struct Sleeper {
        let duration: Duration
        let end: ContinuousClock.Instant
    }

    private struct State {
        var now = ContinuousClock.now
        var nextSleeper = 0
        var sleepers: [Int: Sleeper] = [:]
    }

    private let state = Watched(State())

    /// The clocks as a worker takes them.
    var clock: LinkClock {
        LinkClock(
            now: { self.state.value.now }, wall: { Timestamp(milliseconds: 1_800_000_000_000) },
            sleep: { try await self.sleep($0) })
    }

    /// Moves the clocks, and wakes those whose sleep is over.
    func advance(by duration: Duration) {
        state.update { state in
            state.now += duration
            let now = state.now
            state.sleepers = state.sleepers.filter { $0.value.end > now }
        }
    }

    /// Waits until somebody sleeps who wanted to sleep for so long.
    func sleeping(for duration: Duration) async {
        await state.until { $0.sleepers.values.contains { $0.duration == duration } }
    }

    /// Waits until somebody sleeps who wanted to sleep for so long, and lets them.
    func pass(_ duration: Duration) async {
        await sleeping(for: duration)
        advance(by: duration)
    }

    /// Whether somebody sleeps who wanted to sleep for so long.
    func isSleeping(for duration: Duration) -> Bool {
        state.value.sleepers.values.contains { $0.duration == duration }
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.update { state in
            state.nextSleeper += 1
            state.sleepers[state.nextSleeper] = Sleeper(duration: duration, end: state.now + duration)
            return state.nextSleeper
        }
        await state.until { $0.sleepers[id] == nil }
        state.update { $0.sleepers[id] = nil }
        try Task.checkCancellation()
    }
}
