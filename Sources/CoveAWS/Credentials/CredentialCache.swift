// SPDX-License-Identifier: Apache-2.0

import Synchronization

public import struct FoundationEssentials.Date

/// Holds credentials until shortly before they end and fetches them once for all who ask at the same time.
///
/// Two windows before the end, as in botocore: in the advisory one (the last 15 minutes) one caller fetches while the others
/// go on with what is there, and a failure is not told; in the mandatory one (the last 10 minutes) everybody waits, and a
/// failure is told to all who wait. Sessions shorter than an hour have windows of a quarter and a sixth of their length.
///
/// The caller who finds that a fetch is due does it itself, in its own task. If that task is cancelled, one of those who
/// wait takes over; a caller who is cancelled while waiting leaves alone. A failure is never kept: the next who asks fetches
/// again (in the advisory window after a pause of at most a minute, as good credentials are still there).
public final class CredentialCache: CredentialProvider, Sendable {
    private let state = Mutex(State())
    private let now: @Sendable () -> Date
    private let fetch: @Sendable () async throws -> Credentials

    /// Holds what a closure fetches.
    public init(
        now: @escaping @Sendable () -> Date = { Date() }, fetch: @escaping @Sendable () async throws -> Credentials
    ) {
        self.now = now
        self.fetch = fetch
    }

    /// Holds what a provider gives.
    public convenience init(_ provider: any CredentialProvider, now: @escaping @Sendable () -> Date = { Date() }) {
        self.init(now: now) { try await provider.credentials() }
    }

    /// Credentials that are valid now and a while longer.
    public func credentials() async throws -> Credentials {
        try await credentials(validFor: .zero)
    }

    /// Credentials that stay valid for so long, if fresh ones would.
    ///
    /// Fresh ones that do not last so long are given as they are. So are those that are held when fetching fails outside of
    /// the mandatory window.
    ///
    /// - Throws: what the fetch threw, `AWSError` with the code `ExpiredCredentials` when it gave credentials that have
    ///   ended, or `CancellationError` when the calling task is cancelled while it fetches or waits.
    public func credentials(validFor duration: Duration) async throws -> Credentials {
        let wanted = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
        while true {
            switch state.withLock({ $0.decide(wanted: wanted, now: now) }) {
            case .use(let credentials): return credentials
            case .lead: return try await lead()
            case .wait:
                switch try await wait(wanted: wanted) {
                case .use(let credentials): return credentials
                case .lead: return try await lead()
                case .wait: continue
                }
            }
        }
    }

    /// Forgets credentials that a service has refused as ended, and fetches others.
    public func replaces(_ refused: Credentials) async -> Bool {
        state.withLock { state in
            if state.held?.credentials == refused { state.held = nil }
        }
        guard let now = try? await credentials() else { return false }
        return now != refused
    }

    /// How many callers wait for a fetch now.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Fetches for everybody.
    ///
    /// Nothing else ends a fetch: each way out either takes `isFetching` back or hands it on to a waiter.
    private func lead() async throws -> Credentials {
        let result: Result<Credentials, any Error>
        do {
            let fetched = try await fetch()
            result = Self.checked(fetched, now: now())
        } catch {
            if Task.isCancelled {
                let successor = state.withLock { $0.abdicate() }
                successor?.resume(returning: .lead)
                throw CancellationError()
            }
            // A source that gives up by itself must not look as if those who wait had been cancelled.
            let isCancellation = error is CancellationError
            result = .failure(
                isCancellation
                    ? AWSError.credentialRetrieval(provider: "cache", "the fetch was cancelled", isRetryable: true)
                    : error)
        }
        let ended = state.withLock { $0.end(result, now: now()) }
        for waiter in ended.waiters { waiter.resume(with: ended.answer.map { .use($0) }) }
        return try ended.answer.get()
    }

    private func wait(wanted: Double) async throws -> Decision {
        let id = state.withLock { $0.nextWaiter() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Between the decision to wait and now the fetch may have ended: look again before waiting.
                let answer: Result<Decision, any Error>? = state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.isFetching else { return .success(.wait) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private static func checked(_ credentials: Credentials, now: Date) -> Result<Credentials, any Error> {
        guard let expiration = credentials.expiration, expiration <= now else { return .success(credentials) }
        return .failure(
            AWSError(
                .credentials, code: "ExpiredCredentials",
                message:
                    "Credentials were refreshed, but the refreshed credentials are still expired; is the clock right?"))
    }
}

// MARK: - State

extension CredentialCache {
    /// What a caller does: take these, fetch, or wait for the one who fetches.
    private enum Decision: Sendable {
        case use(Credentials)
        case lead
        case wait
    }

    private typealias Waiter = CheckedContinuation<Decision, any Error>

    private struct Held {
        var credentials: Credentials
        var expiration: Date?
        /// The time left, in seconds, when they were fetched.
        var lifetime: Double
        /// No fetch before this time after one that failed in the advisory window.
        var pausedUntil: Date?

        init(_ credentials: Credentials, now: Date) {
            self.credentials = credentials
            expiration = credentials.expiration
            lifetime = credentials.expiration?.timeIntervalSince(now) ?? .infinity
        }

        var advisoryWindow: Double { min(15 * 60, lifetime / 4) }
        var mandatoryWindow: Double { min(10 * 60, lifetime / 6) }

        /// Whether so much time must not be left without new ones.
        func mustRenew(at now: Date) -> Bool {
            guard let expiration else { return false }
            return expiration.timeIntervalSince(now) <= mandatoryWindow
        }
    }

    private struct State {
        var held: Held?
        var isFetching = false
        var waiters: [UInt64: Waiter] = [:]
        private var lastWaiter: UInt64 = 0

        /// Decides for a caller, and makes it the one who fetches where that is due.
        mutating func decide(wanted: Double, now clock: @Sendable () -> Date) -> Decision {
            guard let held else { return leadOrWait() }
            guard let expiration = held.expiration else { return .use(held.credentials) }
            let now = clock()
            let left = expiration.timeIntervalSince(now)
            // What fresh credentials of this source would not have either is not worth a fetch.
            let needed = min(wanted, held.lifetime - held.advisoryWindow)
            guard left <= held.advisoryWindow || left < needed else { return .use(held.credentials) }
            let mustRenew = held.mustRenew(at: now)
            if !mustRenew, let pausedUntil = held.pausedUntil, now < pausedUntil { return .use(held.credentials) }
            if isFetching, !mustRenew, left >= needed { return .use(held.credentials) }
            return leadOrWait()
        }

        private mutating func leadOrWait() -> Decision {
            guard !isFetching else { return .wait }
            isFetching = true
            return .lead
        }

        mutating func nextWaiter() -> UInt64 {
            lastWaiter += 1
            return lastWaiter
        }

        /// The one who fetches gives up: the caller who has waited longest takes over, if any waits.
        mutating func abdicate() -> Waiter? {
            guard let first = waiters.keys.min() else {
                isFetching = false
                return nil
            }
            return waiters.removeValue(forKey: first)
        }

        /// A fetch has ended: what all who wait are told.
        mutating func end(
            _ result: Result<Credentials, any Error>, now: Date
        ) -> (waiters: [Waiter], answer: Result<Credentials, any Error>) {
            isFetching = false
            let waiting = Array(waiters.values)
            waiters = [:]
            switch result {
            case .success(let credentials):
                held = Held(credentials, now: now)
                return (waiting, result)
            case .failure:
                guard var old = held, !old.mustRenew(at: now) else { return (waiting, result) }
                old.pausedUntil = now.addingTimeInterval(min(60, old.advisoryWindow / 15))
                held = old
                return (waiting, .success(old.credentials))
            }
        }
    }
}
