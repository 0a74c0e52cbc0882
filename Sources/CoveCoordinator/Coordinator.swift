// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire
package import Logging
import Synchronization

/// Hands out the tasks of runs to workers and records what they report.
///
/// The store decides and remembers; the lease book knows who holds what until when; this type joins the two with the links. Its own
/// state is small and guarded by a lock that is never held across an `await`, and nobody waits for another link: what is to be said on
/// a link is queued and said by its own task.
package final class Coordinator: Sendable {
    let store: any TaskStore
    let configuration: CoordinatorConfiguration
    let logger: Logger
    let clock: LinkClock
    /// Memory for reports from when they are heard until they are settled, over all links.
    let reportMemory: AssemblyBudget
    /// Ticks when runs may be over; one task takes them.
    let endings: AsyncStream<Void>
    /// Lets requests about one run wait for each other.
    let turns = RunTurns()
    private let state: Mutex<CoordinatorState>

    var terms: LeaseTerms { configuration.terms }

    /// A coordinator over a store; `run()` and `serve(_:)` do its work.
    package init(
        store: any TaskStore, configuration: CoordinatorConfiguration, clock: LinkClock = .system, logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        reportMemory = AssemblyBudget(capacity: configuration.reportMemory)
        let (endings, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        self.endings = endings
        state = Mutex(
            CoordinatorState(
                book: LeaseBook(ttl: configuration.terms.ttl, now: clock.now()),
                boundsSlots: configuration.boundsSlots, endings: signal))
    }

    /// A coordinator of runs whose workers bound themselves.
    package convenience init(
        store: any TaskStore, terms: LeaseTerms = .init(), clock: LinkClock = .system, logger: Logger
    ) {
        self.init(
            store: store, configuration: CoordinatorConfiguration(terms: terms, boundsSlots: false), clock: clock,
            logger: logger)
    }

    /// Expires leases, records stops that could not be recorded, and wakes the links of deferred tasks, until cancelled.
    ///
    /// - Throws: `StoreError` when the store fails for good.
    package func run() async throws {
        var isFullTold = false
        while !Task.isCancelled {
            do { try await clock.sleep(pause) } catch { return }
            try await expireLeases()
            try await recordStops(&isFullTold)
            change { state in
                state.forgetAbsent()
                state.wakeGranting()
            }
        }
    }

    /// How long to wait before looking again: at leases that may have expired, at a disk that was full.
    var pause: Duration { min(terms.ttl / 4, .seconds(1)) }

    // MARK: State

    /// Reads or changes the state, and wakes those whom the change concerns.
    @discardableResult
    func change<Result: Sendable>(_ body: (inout CoordinatorState) -> Result) -> Result {
        let (result, wakeups) = state.withLock { state in
            let result = body(&state)
            return (result, state.takeWakeups())
        }
        for signal in wakeups { signal.yield() }
        return result
    }

    // MARK: Time

    /// How many leases are ended in one call of the store.
    private static let expiryBatch = 1_024

    private func expireLeases() async throws {
        let (expired, silent) = change { state in
            let expired = state.book.expired(now: clock.now())
            return (expired, expired.silent.sorted().compactMap { state.endSilent($0) })
        }
        for worker in silent {
            logger.warning(
                "a worker was silent for the time of its leases; its link is closed",
                metadata: [LogKeys.worker: "\(worker.name)"])
            worker.close()
        }
        if !expired.lost.isEmpty {
            logger.warning(
                "leases expired: their worker was not heard", metadata: [LogKeys.count: "\(expired.lost.count)"])
            try await inBatches(expired.lost) { try await store.expire($0, now: clock.wall()) }
        }
        if !expired.unclaimed.isEmpty {
            logger.warning(
                "leases of a former coordinator were not claimed: their tasks are given out again",
                metadata: [LogKeys.count: "\(expired.unclaimed.count)"])
            try await inBatches(expired.unclaimed) { tokens in
                let releases = tokens.map { LeaseRelease(token: $0, reason: .interrupted) }
                return try await store.release(releases, now: clock.wall())
            }
        }
    }

    private func inBatches(
        _ tokens: Set<LeaseToken>, _ decide: ([LeaseToken]) async throws -> SettlementResult
    ) async throws {
        let tokens = Array(tokens)
        for start in stride(from: 0, to: tokens.count, by: Self.expiryBatch) {
            let batch = Array(tokens[start..<min(tokens.count, start + Self.expiryBatch)])
            let result = try await untilThereIsRoom { try await decide(batch) }
            try await apply(result, ended: batch)
        }
    }

    /// Takes over the leases that a former owner of the store had granted: their workers have a TTL to come back.
    ///
    /// - Throws: `StoreError`
    func takeOverLeases() async throws -> Set<RunID> {
        let former = try await store.leasesOfFormerOwners()
        change { $0.book.wait(for: former, now: clock.now()) }
        return Set(former.map(\.run))
    }

    /// Applies what the store has decided: leases that ended, runs that are complete or stopped by it.
    ///
    /// - Throws: `StoreError`, `CancellationError`
    func apply(_ result: SettlementResult, ended tokens: [LeaseToken]) async throws {
        change { $0.ended(tokens) }
        for run in result.stoppedRuns {
            logger.debug("run stops at its first failure", metadata: [LogKeys.run: "\(run)"])
        }
        for run in Set(result.completedRuns + result.stoppedRuns).sorted() { try await catchUp(with: run) }
    }

    /// Lets memory follow what the store has decided of a run by itself.
    ///
    /// In the run's turn, and from a record that is read in it: since the decision the run may have been retried or resumed.
    ///
    /// - Throws: `StoreError`, `CancellationError`
    func catchUp(with run: RunID) async throws {
        try await turns.turn(of: run) {
            guard let record = try await store.run(run) else { return }
            change { $0.catchUp(with: record) }
        }
    }

    /// Repeats a decision while the disk is full: nothing is acknowledged meanwhile, and nothing is lost.
    func untilThereIsRoom<Result: Sendable>(_ decision: () async throws -> Result) async throws -> Result {
        var isTold = false
        while true {
            do {
                return try await decision()
            } catch let error as StoreError where error.code == .full {
                if !isTold { logger.error("the disk is full; waiting for room", metadata: [LogKeys.error: "\(error)"]) }
                isTold = true
                try await clock.sleep(pause)
            }
        }
    }
}
