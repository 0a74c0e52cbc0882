// SPDX-License-Identifier: Apache-2.0

/// How long a lease lasts and how it is kept.
public struct LeaseTerms: Sendable, Hashable, Codable {
    /// How long a lease lasts after the last heartbeat, in milliseconds of the coordinator's monotonic clock.
    public var ttlMilliseconds: Int64
    /// How often a worker says that it lives, in milliseconds: a quarter of the TTL.
    public var heartbeatMilliseconds: Int64

    /// Terms with a TTL; 60 s is long enough for a pause of a busy host and short enough that a lost task is soon run again.
    public init(ttl: Duration = .seconds(60)) {
        ttlMilliseconds = ttl.milliseconds
        heartbeatMilliseconds = max(1, ttl.milliseconds / 4)
    }

    /// The TTL as a duration.
    public var ttl: Duration { .milliseconds(ttlMilliseconds) }
    /// The heartbeat interval as a duration.
    public var heartbeat: Duration { .milliseconds(heartbeatMilliseconds) }
}
