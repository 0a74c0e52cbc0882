// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire
package import Logging
import Synchronization

/// Hands out the tasks of runs to workers and records what they report.
///
/// The store decides and remembers; the lease book knows who holds what until when; this type joins the two with the links. Its own
/// state is small and guarded by a lock that is never held across an `await`.
package final class Coordinator: Sendable {
    let store: any TaskStore
    let terms: LeaseTerms
    let logger: Logger
    let clock: LinkClock
    let state: Mutex<CoordinatorState>

    /// A coordinator over a store; `run()` and `serve(_:)` do its work.
    package init(
        store: any TaskStore, terms: LeaseTerms = .init(), clock: LinkClock = .system, logger: Logger
    ) {
        self.store = store
        self.terms = terms
        self.clock = clock
        self.logger = logger
        state = Mutex(CoordinatorState(book: LeaseBook(ttl: terms.ttl, now: clock.now())))
    }

    /// Expires leases and wakes the links of deferred tasks, until cancelled.
    ///
    /// - Throws: `StoreError` when the store fails for good.
    package func run() async throws {
        while !Task.isCancelled {
            do { try await clock.sleep(pause) } catch { return }
            try await expireLeases()
            wakeLinks()
        }
    }

    /// How long to wait before looking again: at leases that may have expired, at a disk that was full.
    private var pause: Duration { min(terms.ttl / 4, .seconds(1)) }

    // MARK: Runs

    /// Takes a run up: its ready tasks are granted from now on, and it is watched until it is over.
    package func activate(_ record: RunRecord) {
        state.withLock { $0.activate(record) }
        wakeLinks()
    }

    /// Plans a run: finds its targets and adds them to the store, page by page, while those that are there are being run.
    ///
    /// - Throws: `InvalidRequest`, `PlanningError`, `AWSError` of the directory, `StoreError`. Targets that were added stay.
    package func plan(_ run: RunID, _ specification: RunSpecification, directory: any OrganizationDirectory)
        async throws
    {
        let caller = try await directory.caller()
        let partition = specification.partition ?? caller.partition
        try await untilThereIsRoom {
            try await store.beginPlanning(run, callingAccount: caller.account, partition: partition)
        }
        state.withLock { $0.runs[run]?.partition = partition }
        let resolver = TargetResolver(directory: directory, selection: specification.selection, caller: caller)
        try await resolver.resolve { page in
            _ = try await untilThereIsRoom {
                try await store.addTargets(page.targets, skipped: page.skipped, to: run)
            }
            logger.debug(
                "targets added", metadata: [LogKeys.run: "\(run)", LogKeys.count: "\(page.targets.count)"])
            wakeLinks()
        }
        try await untilThereIsRoom { try await store.finishPlanning(run) }
        if let record = try await store.run(run), record.state == .completed {
            state.withLock { $0.runs[run]?.isCompleted = true }
        }
        notify(run)
    }

    /// Stops granting a run's tasks, and where asked ends the attempts that run.
    ///
    /// A run stops once: the first reason stays.
    package func stop(_ run: RunID, because reason: StopReason, cancellingAttempts: Bool) async {
        let links = state.withLock { state -> [(LinkHandle, [LeaseToken])] in
            if state.runs[run]?.stopReason == nil { state.runs[run]?.stopReason = reason }
            guard cancellingAttempts else { return [] }
            state.runs[run]?.cancelsAttempts = true
            return state.book.tokens(of: run).compactMap { link, tokens in state.links[link].map { ($0, tokens) } }
        }
        for (link, tokens) in links { await link.send(.cancel(tokens)) }
        notify(run)
    }

    /// Where a run stands; nil when it was not taken up.
    package func status(of run: RunID) -> RunStatus? {
        state.withLock { $0.status(of: run) }
    }

    /// Ticks whenever something changed about a run; ticks that nobody took are one.
    ///
    /// Look at `status(of:)` after each.
    package func changes(of run: RunID) -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { $0.addWatcher(of: run, continuation) }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.watchers[run]?.removeValue(forKey: id) }
            }
            continuation.yield()
        }
    }

    // MARK: What happened

    func apply(_ result: SettlementResult, ended tokens: [LeaseToken]) async {
        let (touched, toStop) = state.withLock { state in
            state.book.ended(tokens)
            for run in result.completedRuns { state.runs[run]?.isCompleted = true }
            let toStop = result.firstFailures.filter { run, _ in
                state.runs[run].map { $0.raisesException && $0.stopReason == nil } ?? false
            }
            return (Array(state.runs.keys), toStop)
        }
        for (run, task) in toStop {
            logger.debug("run stops at its first failure", metadata: [LogKeys.run: "\(run)"])
            await stop(run, because: .raisedException(task), cancellingAttempts: true)
        }
        for run in touched { notify(run) }
    }

    private func expireLeases() async throws {
        let tokens = state.withLock { $0.book.expired(now: clock.now()) }
        guard !tokens.isEmpty else { return }
        logger.warning("leases expired: their worker was not heard", metadata: [LogKeys.count: "\(tokens.count)"])
        let result = try await untilThereIsRoom { try await store.expire(tokens, now: clock.wall()) }
        await apply(result, ended: tokens)
    }

    /// Repeats a decision while the disk is full: nothing is acknowledged meanwhile, and nothing is lost.
    ///
    /// - Parameter link: the link whose message is decided on. What it says meanwhile is not read, so its silence is no reason for
    ///   its leases to expire.
    func untilThereIsRoom<Result: Sendable>(
        keeping link: LeaseBook.LinkID? = nil, _ decision: () async throws -> Result
    ) async throws -> Result {
        var isTold = false
        while true {
            do {
                return try await decision()
            } catch let error as StoreError where error.code == .full {
                if !isTold { logger.error("the disk is full; waiting for room", metadata: [LogKeys.error: "\(error)"]) }
                isTold = true
                if let link { state.withLock { $0.book.renew(link, now: clock.now()) } }
                try await clock.sleep(pause)
            }
        }
    }

    func wakeLinks() {
        let handles = state.withLock { Array($0.links.values) }
        for handle in handles { handle.wake() }
    }

    func notify(_ run: RunID) {
        let watchers = state.withLock { Array($0.watchers[run, default: [:]].values) }
        for watcher in watchers { watcher.yield() }
    }
}
