// SPDX-License-Identifier: Apache-2.0

internal import Glibc

internal import struct FoundationEssentials.UUID

/// Time and chance as calls see them, so that tests decide both.
package struct CallEnvironment: Sendable {
    /// The seconds since 1970-01-01T00:00:00Z.
    package var now: @Sendable () -> Int64
    /// The same with its fraction, for rates.
    package var seconds: @Sendable () -> Double
    /// A number from 0 to 1.
    package var random: @Sendable () -> Double
    /// A random UUID, in lower case, as operations take it for an idempotency token.
    package var uuid: @Sendable () -> String
    /// Waits; throws `CancellationError` when the task is cancelled meanwhile.
    package var sleep: @Sendable (Duration) async throws -> Void

    /// Makes an environment of its parts.
    package init(
        now: @escaping @Sendable () -> Int64, seconds: (@Sendable () -> Double)? = nil,
        random: @escaping @Sendable () -> Double,
        uuid: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() },
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.seconds = seconds ?? { Double(now()) }
        self.random = random
        self.uuid = uuid
        self.sleep = sleep
    }

    /// The machine's clock, random numbers and waiting.
    package static let live = CallEnvironment(
        now: { Int64(time(nil)) },
        seconds: {
            var moment = timespec()
            clock_gettime(CLOCK_REALTIME, &moment)
            return Double(moment.tv_sec) + Double(moment.tv_nsec) * 1e-9
        }, random: { Double.random(in: 0...1) },
        sleep: { try await Task.sleep(for: $0) })
}
