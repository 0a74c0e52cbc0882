// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire
import Logging

/// Runs: taking them up, planning, stopping and watching them.
extension Coordinator {
    /// Takes a run up: its ready tasks are granted from now on, and it is watched until it is over.
    package func activate(_ record: RunRecord) {
        change { $0.activate(record) }
    }

    /// Takes a run up, unless that was done already; one that the store says is stopped is only watched until its attempts have ended.
    func takeUp(_ record: RunRecord) {
        change { state in
            if state.runs[record.id] == nil { state.activate(record, stopped: record.stopReason) }
        }
    }

    /// Forgets the runs that are over: a coordinator lives for months.
    func retire() {
        change { $0.retire() }
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
        let strangers = change { state in
            state.runs[run]?.partition = partition
            return state.learn(callingAccount: caller.account)
        }
        for worker in strangers { warn(of: worker, expected: caller.account) }
        let resolver = TargetResolver(directory: directory, selection: specification.selection, caller: caller)
        try await resolver.resolve { page in
            try Task.checkCancellation()
            _ = try await untilThereIsRoom {
                try await store.addTargets(page.targets, skipped: page.skipped, to: run)
            }
            logger.debug(
                "targets added", metadata: [LogKeys.run: "\(run)", LogKeys.count: "\(page.targets.count)"])
            change { state in
                state.notify(run)
                state.wakeGranting()
            }
        }
        try Task.checkCancellation()
        try await untilThereIsRoom { try await store.finishPlanning(run) }
        try await catchUp(with: run)
    }

    /// Stops granting a run's tasks, and where asked ends the attempts that run.
    ///
    /// A run stops once: the first reason stays. Nothing is granted from the moment of the call. When the store cannot record it now,
    /// because the disk is full, `run()` does it as soon as there is room.
    package func stop(_ run: RunID, because reason: StopReason, cancellingAttempts: Bool) async {
        do {
            try await stopForGood(run, because: reason, cancellingAttempts: cancellingAttempts)
        } catch {
            logger.debug(
                "a stop is not recorded yet", metadata: [LogKeys.run: "\(run)", LogKeys.error: "\(error)"])
        }
    }

    /// As `stop`, for those who have to know whether it is recorded.
    ///
    /// - Throws: `StoreError`, `CancellationError`; the run is stopped all the same, and `run()` tries to record it again.
    func stopForGood(_ run: RunID, because reason: StopReason, cancellingAttempts: Bool) async throws {
        change { $0.stop(run, because: reason, cancellingAttempts: cancellingAttempts) }
        try await recordStop(of: run)
    }

    /// Records why a run is stopped, unless it was resumed meanwhile.
    private func recordStop(of run: RunID) async throws {
        try await turns.turn(of: run) {
            guard let reason = change({ $0.unrecordedStop(of: run) }) else { return }
            try await store.stop(run, because: reason)
            change { $0.recordedStop(of: run) }
        }
    }

    /// Tries again to record stops that could not be recorded.
    func recordStops(_ isFullTold: inout Bool) async throws {
        for run in change({ $0.unrecordedStops }) {
            do {
                try await recordStop(of: run)
                isFullTold = false
            } catch let error as StoreError where error.code == .full {
                if !isFullTold {
                    logger.error("the disk is full; waiting for room", metadata: [LogKeys.error: "\(error)"])
                }
                isFullTold = true
                return
            } catch is CancellationError {
                return
            }
        }
    }

    /// Where a run stands; nil when it is not under way.
    package func status(of run: RunID) -> RunStatus? {
        change { $0.status(of: run) }
    }

    /// Ticks whenever something changed about a run; ticks that nobody took are one.
    ///
    /// Look at `status(of:)` after each.
    package func changes(of run: RunID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = change { $0.addWatcher(of: run, continuation) }
        continuation.onTermination = { [weak self] _ in self?.change { $0.removeWatcher(id, of: run) } }
        continuation.yield()
        return stream
    }

    /// The workers that are connected, or whose leases have not expired yet.
    package func workers() -> [WorkerRecord] {
        change { state in
            state.forgetAbsent()
            return state.workerRecords(now: clock.now())
        }
    }

    func warn(of worker: ServedWorker, expected: AccountID?) {
        logger.warning(
            "a worker's credentials are of another account than the coordinator's",
            metadata: [
                LogKeys.worker: "\(worker.name)", LogKeys.account: "\(worker.account?.rawValue ?? "")",
                LogKeys.expected: "\(expected?.rawValue ?? "")",
            ])
    }

    /// Tells all workers that the coordinator stops, and waits a moment until they were told; nothing is granted from now on.
    package func goAway(_ goaway: Goaway) async {
        let (told, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        change { $0.goAway(goaway, telling: signal) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in told { return } }
            // A worker that does not read must not hold the coordinator.
            group.addTask { try? await self.clock.sleep(.seconds(2)) }
            await group.next()
            group.cancelAll()
        }
    }
}
