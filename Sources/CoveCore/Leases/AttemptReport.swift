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

extension AttemptReport {
    private enum Key: String, CodingKey {
        case token, outcome, startedAt, durationMilliseconds
    }

    /// When an attempt may have been started, from 1970 to 9999, and how long it may have taken, in milliseconds.
    package static let times: ClosedRange<Int64> = 0...253_402_300_799_999

    /// Reads a report; times that cannot be are an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        token = try container.decode(LeaseToken.self, forKey: .token)
        outcome = try container.decode(Outcome.self, forKey: .outcome)
        func milliseconds(_ key: Key) throws -> Int64 {
            let number = try container.decode(Int64.self, forKey: key)
            guard Self.times.contains(number) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container,
                    debugDescription: "found \(number), expected 0 to 253402300799999 milliseconds")
            }
            return number
        }
        startedAt = Timestamp(milliseconds: try milliseconds(.startedAt))
        durationMilliseconds = try milliseconds(.durationMilliseconds)
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
    public enum Reason: Sendable, Hashable {
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

extension LeaseRelease {
    private enum Key: String, CodingKey {
        case token
    }

    /// Reads a token and, beside it, the reason.
    public init(from decoder: any Decoder) throws {
        token = try decoder.container(keyedBy: Key.self).decode(LeaseToken.self, forKey: .token)
        reason = try Reason(from: decoder)
    }

    /// Writes the token and, beside it, the reason.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(token, forKey: .token)
        try reason.encode(to: encoder)
    }
}

extension LeaseRelease.Reason: Codable {
    private enum Key: String, CodingKey {
        case reason, failure
    }

    private enum Word: String, Codable {
        case notStarted, interrupted, throttled, unreachable, callerCredentials
    }

    /// Reads a reason; one that this version does not know is an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func failure() throws -> Failure { try container.decode(Failure.self, forKey: .failure) }
        switch try container.decode(Word.self, forKey: .reason) {
        case .notStarted: self = .notStarted
        case .interrupted: self = .interrupted
        case .throttled: self = .throttled(try failure())
        case .unreachable: self = .unreachable(try failure())
        case .callerCredentials: self = .callerCredentials(try failure())
        }
    }

    /// Writes the reason's word, and the failure where that is the reason.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        func write(_ word: Word, _ failure: Failure? = nil) throws {
            try container.encode(word, forKey: .reason)
            try container.encodeIfPresent(failure, forKey: .failure)
        }
        switch self {
        case .notStarted: try write(.notStarted)
        case .interrupted: try write(.interrupted)
        case .throttled(let failure): try write(.throttled, failure)
        case .unreachable(let failure): try write(.unreachable, failure)
        case .callerCredentials(let failure): try write(.callerCredentials, failure)
        }
    }
}
