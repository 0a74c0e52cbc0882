// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire
package import Logging

/// A coordinator with all that belongs to it: the runs of a store, their planning, workers and clients.
///
/// The same for `cove coordinator`, whose workers and clients come over the network, and for a local run, whose worker is in the same
/// process.
package final class CoordinatorService: RunService {
    /// What hands out the tasks.
    package let coordinator: Coordinator
    let store: any TaskStore
    let directory: @Sendable (RunSpecification) throws -> any OrganizationDirectory
    let defaultRegion: RegionName?
    let clock: LinkClock
    let logger: Logger
    /// Lets so many pages of results be on their way to clients at a time, over all links.
    let pageMemory = AssemblyBudget(capacity: 16)
    /// Opened when the runs of the store were taken up: who comes earlier waits, because nobody knows yet what the workers held.
    private let opening = Gate()
    private let plans: AsyncThrowingStream<RunID, any Error>
    private let planRequests: AsyncThrowingStream<RunID, any Error>.Continuation

    /// A service over a store; `run()` does its work.
    ///
    /// - Parameters:
    ///   - directory: Finds the way to the organization for a run.
    ///   - defaultRegion: Where tasks run for which a specification names no region.
    package init(
        store: any TaskStore, directory: @escaping @Sendable (RunSpecification) throws -> any OrganizationDirectory,
        defaultRegion: RegionName?, configuration: CoordinatorConfiguration, clock: LinkClock = .system, logger: Logger
    ) {
        self.store = store
        self.directory = directory
        self.defaultRegion = defaultRegion
        self.clock = clock
        self.logger = logger
        coordinator = Coordinator(store: store, configuration: configuration, clock: clock, logger: logger)
        (plans, planRequests) = AsyncThrowingStream.makeStream()
    }

    /// Takes the runs of the store up that were under way, then expires leases and plans, until cancelled; once.
    ///
    /// - Throws: `StoreError` when the store fails for good.
    package func run() async throws {
        try await takeUpRuns()
        opening.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.coordinator.run() }
            group.addTask { for await _ in self.coordinator.endings { self.coordinator.retire() } }
            group.addTask { try await self.planRuns() }
            while try await group.next() != nil {}
        }
    }

    /// Serves a worker until its link ends or the caller is cancelled; waits until `run()` has taken the runs up.
    ///
    /// - Throws: `StoreError` when the store fails for good; what was acknowledged before is kept.
    package func serve(worker link: some CoordinatorLink, address: String) async throws {
        guard await opening.pass() else { return link.close() }
        try await coordinator.serve(link, address: address)
    }

    /// Serves a client until its link ends or the caller is cancelled; waits until `run()` has taken the runs up.
    ///
    /// - Throws: `StoreError` when the store fails for good.
    package func serve(client link: some ServiceLink, rights: Rights) async throws {
        guard await opening.pass() else { return link.close() }
        try await answerRequests(on: link, rights)
    }

    /// Tells all workers that the coordinator stops, and waits a moment until they were told; nothing is granted from now on.
    package func goAway(_ goaway: Goaway) async { await coordinator.goAway(goaway) }

    // MARK: Runs that were under way

    private func takeUpRuns() async throws {
        let leased = try await coordinator.takeOverLeases()
        for record in try await store.runs() where record.state != .completed {
            // A stopped run is none of ours until it is resumed, but for attempts that still run.
            guard record.stopReason == nil || leased.contains(record.id) else { continue }
            coordinator.takeUp(record)
            if record.stopReason == nil { beginPlanning(record) }
        }
    }

    // MARK: Planning

    /// Lets the targets of a run be looked for, unless all are there.
    func beginPlanning(_ record: RunRecord) {
        guard record.state == .planning, coordinator.change({ $0.beginPlanning(record.id) }) else { return }
        planRequests.yield(record.id)
    }

    private func planRuns() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for try await run in plans {
                group.addTask {
                    // An error of a child would not end the loop.
                    do { try await self.plan(run) } catch { self.planRequests.finish(throwing: error) }
                }
            }
        }
    }

    /// Plans a run; what is wrong with it stops the run.
    private func plan(_ run: RunID) async throws {
        repeat {
            do {
                try await planUntilStopped(run)
            } catch let error as StoreError where error.endsCoordinator {
                throw error
            } catch {
                if Task.isCancelled { return }
                logger.debug(
                    "a plan failed", metadata: [LogKeys.run: "\(run)", LogKeys.error: "\(error)"])
                let failure = RequestFailure(error)
                await coordinator.stop(
                    run,
                    because: failure.code == .invalidRequest
                        ? .invalidRequest(failure.problems) : .planningFailed(failure.problems),
                    cancellingAttempts: false)
            }
        } while coordinator.change { $0.endPlanning(run) }
    }

    /// Plans until all targets are there, or the run is stopped: then it needs no further ones until it is resumed.
    private func planUntilStopped(_ run: RunID) async throws {
        guard let record = try await store.run(run), record.state == .planning else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await _ in self.coordinator.changes(of: run)
                where self.coordinator.status(of: run)?.stopReason != nil { return }
            }
            group.addTask {
                let directory = try self.directory(record.specification)
                try await self.coordinator.plan(run, record.specification, directory: directory)
            }
            try await group.next()
        }
    }
}
