// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging
import Testing

@testable import CoveCoordinator

/// A coordinator over a store in a temporary folder, with clocks that stand still.
final class CoordinatorBench: Sendable {
    let folder: TemporaryFolder
    let store: any TaskStore
    let coordinator: Coordinator
    let clock = ManualClock(wall: .start)

    /// - Parameter interposing: puts something between the coordinator and the store.
    init(
        ttl: Duration = .seconds(8), reportMemory: Int = 1 << 20, logger: Logger = .silent,
        interposing: (any TaskStore) -> any TaskStore = { $0 }
    ) async throws {
        folder = try TemporaryFolder()
        store = interposing(try await StoreKind.sqlite.open(folder))
        coordinator = Coordinator(
            store: store,
            configuration: CoordinatorConfiguration(terms: LeaseTerms(ttl: ttl), reportMemory: reportMemory),
            clock: clock.clock, logger: logger)
    }

    /// A run that is planned and taken up.
    func activeRun(
        _ number: Int = 1, accounts: Range<Int> = 0..<2, regions: [String]? = ["eu-west-1"],
        raisesException: Bool = false, isAtMostOnce: Bool = false, slots: Int? = nil,
        function: FunctionSpecification? = nil
    ) async throws -> RunID {
        let run = RunID.sample(number)
        var specification = RunSpecification.sample(regions: regions, isAtMostOnce: isAtMostOnce)
        specification.raisesException = raisesException
        specification.slots = slots
        if let function { specification.function = function }
        try await store.createRun(run, specification: specification, createdAt: .start)
        try await store.beginPlanning(run, callingAccount: Caller.sample.account, partition: "aws")
        _ = try await store.addTargets(Account.samples(accounts), skipped: [], to: run)
        try await store.finishPlanning(run)
        try await activate(run)
        return run
    }

    func activate(_ run: RunID) async throws {
        let record = try await store.run(run)
        coordinator.activate(try #require(record))
    }

    func counts(_ run: RunID) async throws -> RunCounts {
        let counts = try await store.counts(of: run)
        return try #require(counts)
    }

    /// Serves one worker while `body` speaks for it; then its link is closed and the serving awaited.
    func withWorker<Result>(_ body: (HandDrivenWorker) async throws -> Result) async throws -> Result {
        try await CoveCoordinatorTests.withWorker(servedBy: { try await self.coordinator.serve($0) }, body)
    }

    /// As `withWorker`, for a worker that was welcomed.
    func withWelcomedWorker<Result>(
        _ name: String = "w1", session: String? = nil, _ body: (HandDrivenWorker) async throws -> Result
    ) async throws -> Result {
        try await withWorker { worker in
            await worker.hello(name, session: session)
            _ = try await worker.welcome()
            return try await body(worker)
        }
    }

    /// Lets the coordinator expire leases while `body` runs.
    func whileRunning<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.coordinator.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Waits until the run's status is as wanted.
    func until(_ run: RunID, _ isMet: (RunStatus) -> Bool) async {
        for await _ in coordinator.changes(of: run) {
            if let status = coordinator.status(of: run), isMet(status) { return }
        }
    }
}
