// SPDX-License-Identifier: Apache-2.0

/// What a worker says of an attempt that came to its end.
public struct AttemptReport: Sendable, Hashable, Codable {
    /// The lease of the attempt.
    public var token: LeaseToken
    /// How it ended.
    public var outcome: Outcome
    /// When it was started, by the worker's wall clock.
    public var startedAt: Timestamp
    /// How long it took, in milliseconds of the worker's monotonic clock.
    public var durationMilliseconds: Int64

    /// A report.
    public init(token: LeaseToken, outcome: Outcome, startedAt: Timestamp, durationMilliseconds: Int64) {
        self.token = token
        self.outcome = outcome
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
    }
}

/// What the coordinator answers to a report, after its transaction was committed.
public enum ReportVerdict: String, Sendable, Codable {
    /// The outcome is recorded.
    case applied
    /// This token's outcome was recorded before; nothing changed.
    case duplicate
    /// The token is not the task's newest; nothing changed.
    case stale
    /// There is no such task; nothing changed.
    case unknown
}

/// A lease that a worker gives back without an outcome.
public struct LeaseRelease: Sendable, Hashable, Codable {
    /// Why a lease is given back.
    public enum Reason: Sendable, Hashable, Codable {
        /// The attempt was never started.
        case notStarted
        /// The attempt was started and cancelled before its end: it may have had effects.
        case interrupted
        /// AWS throttled before the function ran; the failure says what it said last.
        case throttled(Failure)
        /// AWS could not be reached before the function ran; the failure says why.
        case unreachable(Failure)
        /// The credentials that assume the roles are no longer valid; the failure says what AWS said.
        case callerCredentials(Failure)
    }

    /// The lease.
    public var token: LeaseToken
    /// Why it is given back.
    public var reason: Reason

    /// A lease to give back.
    public init(token: LeaseToken, reason: Reason) {
        self.token = token
        self.reason = reason
    }
}
