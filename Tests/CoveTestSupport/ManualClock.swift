// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire

/// Clocks that stand still until a test moves them.
package final class ManualClock: Sendable {
    private struct State: Sendable {
        var now = ContinuousClock.now
        var wall: Timestamp
        var nextSleeper = 0
        /// The ends of the sleeps that are under way, by sleeper.
        var sleepers: [Int: ContinuousClock.Instant] = [:]
    }

    private let state: Watched<State>

    /// Clocks whose wall clock begins at a moment.
    package init(wall: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) {
        state = Watched(State(wall: wall))
    }

    /// The clocks as the ends of a link take them.
    package var clock: LinkClock {
        LinkClock(
            now: { self.state.value.now }, wall: { self.state.value.wall }, sleep: { try await self.sleep($0) })
    }

    /// The monotonic clock.
    package var now: ContinuousClock.Instant { state.value.now }
    /// The wall clock.
    package var wall: Timestamp { state.value.wall }

    /// How many sleep now.
    package var sleepers: Int { state.value.sleepers.count }

    /// Moves both clocks, and wakes those whose sleep is over.
    package func advance(by duration: Duration) {
        state.update { state in
            state.now += duration
            state.wall = state.wall + duration
            let now = state.now
            state.sleepers = state.sleepers.filter { $0.value > now }
        }
    }

    /// Waits until so many sleep.
    package func sleeping(_ count: Int = 1) async { await state.until { $0.sleepers.count >= count } }

    /// Moves the clocks step by step, each step when so many sleep.
    package func advance(by step: Duration, times: Int, whenSleeping count: Int = 1) async {
        for _ in 0..<times {
            await sleeping(count)
            advance(by: step)
        }
        await sleeping(count)
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.update { state in
            state.nextSleeper += 1
            state.sleepers[state.nextSleeper] = state.now + duration
            return state.nextSleeper
        }
        await state.until { $0.sleepers[id] == nil }
        state.update { $0.sleepers[id] = nil }
        try Task.checkCancellation()
    }
}
