// SPDX-License-Identifier: Apache-2.0

import CoveAWS
package import CoveCore
package import CoveWire
package import Logging

/// Assumes the role of a lease's account and runs the function with its session.
package struct RoleAssumingRunner: AttemptRunner {
    private let sessions: SessionCache
    private let functions: FunctionRegistry
    private let artefacts: ArtefactCache?
    private let clock: LinkClock
    private let logger: Logger

    /// A runner of functions with the sessions of a cache.
    ///
    /// - Parameter artefacts: where the files are that functions need; nil where none need any.
    package init(
        sessions: SessionCache, functions: FunctionRegistry, artefacts: ArtefactCache? = nil,
        clock: LinkClock = .system, logger: Logger
    ) {
        self.sessions = sessions
        self.functions = functions
        self.artefacts = artefacts
        self.clock = clock
        self.logger = logger
    }

    package func run(
        _ lease: Lease, _ assignment: RunAssignment, cancellation: AttemptCancellation
    ) async -> AttemptEnd {
        let startedAt = clock.wall()
        let start = clock.now()
        let progress = AttemptProgress()
        let limit = assignment.taskTimeoutSeconds.map { Duration.seconds($0) }
        let end = await withTaskGroup(of: Step.self) { group in
            group.addTask { await self.execute(lease, assignment, progress, cancellation) }
            group.addTask {
                await cancellation.wait()
                return .cancelled
            }
            if let limit {
                group.addTask {
                    await self.waitUntil(start + limit) ? .timedOut : .cancelled
                }
            }
            let first = await group.next() ?? .cancelled
            group.cancelAll()
            guard case .ended(let end) = first else {
                // What was under way may have succeeded in the same moment: then that is what happened. A failure is no
                // such news: it may come from the cancellation itself.
                let last = await group.reduce(into: first) { step, next in
                    if case .ended(.outcome(.succeeded)) = next { step = next }
                }
                return Self.resolve(last, progress, limit: limit)
            }
            return end
        }
        switch end {
        case .outcome(let outcome):
            let duration = (clock.now() - start).milliseconds
            return .report(
                AttemptReport(
                    token: lease.token, outcome: outcome, startedAt: startedAt, durationMilliseconds: duration))
        case .release(let reason):
            logger.debug(
                "lease given back",
                metadata: [LogKeys.token: "\(lease.token)", LogKeys.account: "\(lease.account.id)"])
            return .release(LeaseRelease(token: lease.token, reason: reason))
        }
    }

    /// Waits until a moment; false when cancelled before.
    ///
    /// A timer outlives the sleep that was cancelled, and most attempts end long before their limit: short sleeps leave no heap
    /// of them behind.
    private func waitUntil(_ end: ContinuousClock.Instant) async -> Bool {
        while true {
            let rest = end - clock.now()
            if rest <= .zero { return true }
            do { try await clock.sleep(min(rest, .seconds(5))) } catch { return false }
        }
    }

    // MARK: One attempt

    private enum End: Sendable {
        case outcome(Outcome)
        case release(LeaseRelease.Reason)
    }

    private enum Step: Sendable {
        case ended(End)
        case cancelled
        case timedOut
    }

    private static func resolve(_ step: Step, _ progress: AttemptProgress, limit: Duration?) -> End {
        switch step {
        case .ended(let end): return end
        case .cancelled: return .release(progress.functionStarted ? .interrupted : .notStarted)
        case .timedOut:
            let failure = Failure(
                type: "TaskTimeout",
                message:
                    "the attempt took longer than the task timeout of \(limit?.components.seconds ?? 0) s and was ended",
                isRetryable: true)
            return .outcome(progress.roleAssumed ? .failed(failure) : .roleNotAssumed(failure))
        }
    }

    /// Assumes the role, has the function's files brought, and calls the function; each step looks first whether the attempt may
    /// still take it.
    private func execute(
        _ lease: Lease, _ assignment: RunAssignment, _ progress: AttemptProgress, _ cancellation: AttemptCancellation
    ) async -> Step {
        if cancellation.isCancelled { return .cancelled }
        let provider: LeasedCredentials
        let credentials: Credentials
        do {
            provider = LeasedCredentials(
                provider: sessions.provider(for: SessionKey(lease.account.id, assignment)), cancellation: cancellation)
            credentials = try await provider.credentials()
        } catch is CancellationError {
            return .cancelled
        } catch {
            return .ended(Self.roleNotAssumed(error))
        }
        progress.assumeRole()
        if cancellation.isCancelled { return .cancelled }
        guard let artefact = assignment.function.artefact else {
            return await call(lease, assignment, provider, credentials, files: nil, progress, cancellation)
        }
        do {
            guard let artefacts else { throw Failure.noArtefact("this worker takes none") }
            return try await artefacts.with(artefact) { files in
                do {
                    // The files may have taken longer to come than the credentials last.
                    let newest = try await provider.credentials()
                    return await call(lease, assignment, provider, newest, files: files, progress, cancellation)
                } catch is CancellationError {
                    return .cancelled
                } catch {
                    return .ended(Self.roleNotAssumed(error))
                }
            }
        } catch is CancellationError {
            return .cancelled
        } catch {
            return .ended(.outcome(.failed(Failure(describing: error))))
        }
    }

    /// Calls the function with a session.
    private func call(
        _ lease: Lease, _ assignment: RunAssignment, _ provider: LeasedCredentials, _ credentials: Credentials,
        files: String?, _ progress: AttemptProgress, _ cancellation: AttemptCancellation
    ) async -> Step {
        let information = SessionInformation(
            account: lease.account, role: assignment.role, assumeRoleSuccess: true, region: lease.region,
            partition: assignment.partition)
        let session = CoveSession(
            run: lease.run, information: information, initialCredentials: credentials, provider: provider,
            aws: sessions.aws)
        if cancellation.isCancelled { return .cancelled }
        progress.startFunction()
        do {
            let result = try await functions.call(assignment.function, with: session, files: files)
            return .ended(.outcome(.succeeded(result)))
        } catch is CancellationError where Task.isCancelled {
            return .cancelled
        } catch {
            // A function whose credentials are held back fails of that, and not of anything in the account.
            if cancellation.isLeaseOver { return .cancelled }
            return .ended(.outcome(.failed(Failure(describing: error))))
        }
    }

    /// A role that could not be assumed: what AWS said, unless it said to come back later.
    private static func roleNotAssumed(_ error: any Error) -> End {
        let failure = Failure(describing: error)
        if let error = error as? AWSError {
            if error.isThrottle { return .release(.throttled(failure)) }
            if error.meansCallerExpired { return .release(.callerCredentials(failure)) }
            if error.saysNothingOfTheAccount { return .release(.unreachable(failure)) }
        }
        return .outcome(.roleNotAssumed(failure))
    }
}
