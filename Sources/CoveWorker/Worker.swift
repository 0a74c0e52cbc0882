// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire
package import Logging
import Synchronization

/// Takes leases over a link, runs their attempts in its slots, and reports.
///
/// It works over one link of its own process, `run(over:)`, or connects to a coordinator again and again, `run(connecting:using:)`: then
/// attempts outlive links, and end by the worker's own clock when the coordinator does not answer (docs/decisions/0010).
///
/// It stops in three steps: `drain()` takes no more leases and lets attempts finish; `cancelAttempts()` ends them and gives their leases
/// back; cancelling the run leaves at once, and the leases expire.
package final class Worker: Sendable {
    /// Something that goes on when the link ends: an attempt, the watch over the leases.
    typealias Chore = @Sendable () async -> Void

    struct State {
        var machine: WorkerStateMachine
        var cancellations: [LeaseToken: AttemptCancellation] = [:]
        /// Takes what goes on when the link ends.
        var chores: AsyncStream<Chore>.Continuation?
        /// Lets the link that is open speak.
        var wake: AsyncStream<Void>.Continuation?
        /// How the link that is open has gone so far.
        var course = LinkCourse()
        /// Since when there is no link; nil while there is one.
        var outage: Outage?
    }

    let configuration: WorkerConfiguration
    let logger: Logger
    let leavings: AsyncStream<Void>
    private let leaving: AsyncStream<Void>.Continuation
    private let runner: any AttemptRunner
    /// Where files are that travel with runs; nil for a worker that takes none.
    let artefacts: ArtefactCache?
    private let state: Mutex<State>

    /// A worker that runs attempts with `runner`.
    ///
    /// - Parameter artefacts: what the runner takes files from that travel with runs; the worker fetches them over its link.
    package init(
        configuration: WorkerConfiguration, runner: any AttemptRunner, artefacts: ArtefactCache? = nil, logger: Logger
    ) {
        self.configuration = configuration
        self.runner = runner
        self.artefacts = artefacts
        self.logger = logger
        state = Mutex(State(machine: WorkerStateMachine(slots: configuration.slots)))
        (leavings, leaving) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        artefacts?.attach { [weak self] in self?.update(wakes: true) { _, _ in } }
    }

    /// Works until it was drained or the link, which is one within this process, ends.
    ///
    /// - Throws: `Refusal` when the coordinator refused the link.
    package func run<PeerLink: WorkerLink>(over link: PeerLink) async throws {
        let course = try await withChores { await self.serve(on: link) }
        if let error = course.error { throw error }
    }

    /// Takes no more leases; what runs is finished and reported, then the run returns.
    package func drain() { update(wakes: true) { state, _ in state.machine.drain() } }

    /// Ends all attempts that run; their leases are given back as interrupted.
    package func cancelAttempts() {
        let cancellations = update { state, _ in Array(state.cancellations.values) }
        for cancellation in cancellations { cancellation.cancel() }
    }

    /// How many attempts run.
    package var attempts: Int { update { state, _ in state.machine.attempts } }

    /// How many reports were not answered; after the run, how many were not delivered.
    package var unansweredReports: Int { update { state, _ in state.machine.unansweredReports } }

    // MARK: State

    /// The one door to the state: whoever comes in first lets those attempts end whose leases are over by now.
    ///
    /// - Parameter wakes: whether there may be something to say afterwards.
    @discardableResult
    func update<Result: Sendable>(
        wakes: Bool = false, _ change: (inout State, ContinuousClock.Instant) -> Result
    ) -> Result {
        let (result, over, wake, drains) = state.withLock { state in
            let now = configuration.clock.now()
            state.machine.tick(now: now)
            let result = change(&state, now)
            let over = state.machine.takeOver().compactMap { state.cancellations[$0] }
            return (result, over, wakes ? state.wake : nil, wakes && state.machine.isDraining)
        }
        if !over.isEmpty {
            for cancellation in over { cancellation.cancel(isLeaseOver: true) }
            logger.warning(
                "leases are over, their attempts are ended: the coordinator did not answer in time, or granted them to others",
                metadata: [LogKeys.count: "\(over.count)"])
        }
        wake?.yield()
        if drains { leaving.yield() }
        return result
    }

    // MARK: Attempts

    /// Runs `body`, and beside it, until it ends, what goes on from one link to the next.
    func withChores<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let (chores, continuation) = AsyncStream<Chore>.makeStream()
        update { state, _ in state.chores = continuation }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // Attempts are forgotten as they end: a worker may see hundreds of thousands.
                await withDiscardingTaskGroup { group in
                    for await chore in chores { group.addTask { await chore() } }
                    group.cancelAll()
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Goes on when the link ends.
    func add(_ chores: [Chore]) {
        let continuation = update { state, _ in state.chores }
        for chore in chores { continuation?.yield(chore) }
    }

    /// Starts the attempts that were granted.
    func start(_ grant: LeaseGrant) {
        let assignments = Dictionary(grant.assignments.map { ($0.run, $0) }, uniquingKeysWith: { first, _ in first })
        // An attempt can be cancelled from the moment in which it counts as running.
        let attempts = update(wakes: true) { state, now in
            state.machine.granted(grant.leases, now: now).map { lease in
                let cancellation = AttemptCancellation { [weak self] in self?.update { _, _ in } }
                state.cancellations[lease.token] = cancellation
                return (lease, cancellation)
            }
        }
        var chores: [Chore] = []
        for (lease, cancellation) in attempts {
            guard let assignment = assignments[lease.run] else {
                finish(.release(LeaseRelease(token: lease.token, reason: .notStarted)))
                continue
            }
            if let failure = configuration.refusal(of: lease, assignment) {
                logger.debug(
                    "attempt refused",
                    metadata: [LogKeys.token: "\(lease.token)", LogKeys.reason: "\(failure.message)"])
                let startedAt = configuration.clock.wall()
                finish(
                    .report(
                        AttemptReport(
                            token: lease.token, outcome: .failed(failure), startedAt: startedAt,
                            durationMilliseconds: 0)))
                continue
            }
            chores.append {
                if cancellation.isCancelled {
                    self.finish(.release(LeaseRelease(token: lease.token, reason: .notStarted)))
                } else {
                    self.finish(await self.runner.run(lease, assignment, cancellation: cancellation))
                }
            }
        }
        add(chores)
    }

    private func finish(_ end: AttemptEnd) {
        update(wakes: true) { state, _ in
            state.cancellations[end.token] = nil
            state.machine.ended(end)
        }
        logger.trace("attempt ended", metadata: [LogKeys.token: "\(end.token)"])
    }
}
