// SPDX-License-Identifier: Apache-2.0

package import CoveCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The clocks that both ends of a link live by, as values, so that tests can hold them.
package struct LinkClock: Sendable {
    /// The monotonic clock of leases and durations.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// The wall clock of records and reports.
    package var wall: @Sendable () -> Timestamp
    /// Waits so long on the monotonic clock; throws when cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant, wall: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.wall = wall
        self.sleep = sleep
    }

    /// The machine's clocks.
    package static let system = LinkClock(
        now: { ContinuousClock.now },
        wall: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
        },
        sleep: { try await ContinuousClock().sleep(for: $0) })
}
