// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// How long to wait before the next link: a random time up to a limit that doubles with every failure.
///
/// The whole time is random, and the first wait too: when a coordinator comes back, its workers do not all come in the same moment.
package struct ReconnectDelay: Sendable {
    /// The limit of the first wait.
    static let first = Duration.milliseconds(500)
    /// The limit that is not exceeded.
    static let longest = Duration.seconds(30)

    private var failures = 0

    package init() {}

    /// The next wait; counts as a failure.
    ///
    /// - Parameter ttl: How long leases last. At most a quarter of that is waited, so that a worker notices the end of a short outage
    ///   while it still holds its leases.
    package mutating func next(within ttl: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
        // 2^6 of the first is over the longest already.
        let limit = min(Self.longest, ttl / 4, Self.first * (1 << min(failures, 6)))
        failures += 1
        return .milliseconds(Int64.random(in: 0...limit.milliseconds, using: &generator))
    }

    /// A link was welcomed: the next wait is a short one.
    package mutating func reset() { failures = 0 }
}
