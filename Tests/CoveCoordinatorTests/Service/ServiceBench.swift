// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging
import Testing

@testable import CoveCoordinator

/// A service over a store in a folder, with clocks that stand still; another one may open the folder after it.
final class ServiceBench: Sendable {
    let folder: TemporaryFolder
    let store: any TaskStore
    let service: CoordinatorService
    let clock: ManualClock

    var coordinator: Coordinator { service.coordinator }

    /// - Parameters:
    ///   - folder: where a former bench had its store; nil for a new one.
    ///   - directory: finds the organization; by default one of two accounts.
    init(
        in folder: TemporaryFolder? = nil, ttl: Duration = .seconds(8), defaultRegion: String? = nil,
        interposing: (any TaskStore) -> any TaskStore = { $0 },
        directory: @escaping @Sendable (RunSpecification) throws -> any OrganizationDirectory = { _ in
            ScriptedDirectory(pages: [[1, 2]])
        }
    ) async throws {
        self.folder = try folder ?? TemporaryFolder()
        clock = ManualClock(wall: .start)
        store = interposing(try await StoreKind.sqlite.open(self.folder, keepingLeases: true))
        service = CoordinatorService(
            store: store, directory: directory, defaultRegion: defaultRegion.flatMap { RegionName($0) },
            configuration: CoordinatorConfiguration(terms: LeaseTerms(ttl: ttl)), clock: clock.clock, logger: .silent)
    }

    /// Lets the service work while `body` runs.
    func whileRunning<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.service.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Serves one worker while `body` speaks for it.
    func withWorker<Result>(_ body: (HandDrivenWorker) async throws -> Result) async throws -> Result {
        try await CoveCoordinatorTests.withWorker(
            servedBy: { try await self.service.serve(worker: $0, address: "") }, body)
    }

    /// As `withWorker`, for a worker that was welcomed.
    func withWelcomedWorker<Result>(
        _ name: String = "w1", _ body: (HandDrivenWorker) async throws -> Result
    ) async throws -> Result {
        try await withWorker { worker in
            await worker.hello(name)
            _ = try await worker.welcome()
            return try await body(worker)
        }
    }

    /// Waits until a run's snapshot is as wanted, by its revisions.
    @discardableResult
    func until(_ run: RunID, _ isMet: (RunSnapshot) -> Bool) async throws -> RunSnapshot {
        var revision: Int64?
        while true {
            let snapshot = try #require(try await service.snapshot(of: run, after: revision))
            if isMet(snapshot) { return snapshot }
            revision = snapshot.revision
        }
    }

    /// Submits a run and waits until nothing more happens in it by itself.
    func quietRun(_ run: RunID, _ specification: RunSpecification) async throws -> RunSnapshot {
        try await service.submit(run, specification)
        try await until(run) { snapshot in
            snapshot.record.state == .planned
                && coordinator.change { $0.runs[run]?.planning } == ActiveRun.Planning.none
        }
        let snapshot = try await service.snapshot(of: run, after: nil)
        return try #require(snapshot)
    }

    /// The error of a request, as a client hears it.
    func failure(_ request: () async throws -> Void) async -> RequestFailure? {
        do {
            try await request()
            return nil
        } catch {
            return error as? RequestFailure
        }
    }
}
