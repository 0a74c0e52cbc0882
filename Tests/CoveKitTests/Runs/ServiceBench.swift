// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveTestSupport
import CoveWire
import CoveWorker
import Logging
import Testing

@testable import CoveKit

/// A coordinator's service over the store of a local run, and a worker in this process.
final class ServiceBench: Sendable {
    let place: TemporaryFolder
    let folders: RunFolders
    let id: RunID
    let store: SQLiteTaskStore
    let service: CoordinatorService
    let worker: Worker
    /// Attempts end once it is open, or when they are cancelled.
    let gate = Watched(false)
    let logger = Logger.silent

    private init(accounts: Int, failing: Set<Int>) async throws {
        place = try TemporaryFolder()
        folders = try #require(RunFolders(option: place.path, environment: .sample()))
        id = try .sample()
        store = try await SQLiteTaskStore.open(
            folder: folders.store(of: id), mode: .create, writtenBy: "0.1.0", now: .start)
        service = CoordinatorService(
            store: store, directory: { _ in SmallOrganization(accounts: accounts) }, defaultRegion: nil,
            configuration: CoordinatorConfiguration(boundsSlots: false), logger: logger)
        worker = Worker(
            configuration: WorkerConfiguration(name: "w", slots: 2, kinds: [.native]),
            runner: GatedRunner(gate: gate, failing: failing), logger: logger)
    }

    /// Calls `body` while the coordinator and its worker are at work; the store is closed afterwards.
    ///
    /// - Parameter failing: the accounts in which the function fails, by number.
    static func with(
        accounts: Int, failing: Set<Int> = [], _ body: @escaping @Sendable (ServiceBench) async throws -> Void
    ) async throws {
        let bench = try await ServiceBench(accounts: accounts, failing: failing)
        let (workerLink, coordinatorLink) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await bench.service.run()
                return false
            }
            group.addTask {
                try await bench.service.serve(worker: coordinatorLink, address: "")
                return false
            }
            group.addTask {
                try await bench.worker.run(over: workerLink)
                return false
            }
            group.addTask {
                try await body(bench)
                return true
            }
            defer { group.cancelAll() }
            while let isBody = try await group.next(), !isBody {}
        }
        try await bench.store.close()
    }

    /// Has the run made: a function in every account, in one region.
    func submit(raisesException: Bool = false) async throws {
        try await service.submit(
            id,
            RunSpecification(
                function: .native("f"), regions: [try #require(RegionName("eu-west-1"))],
                raisesException: raisesException))
    }

    /// What Ctrl-C uses to stop the run.
    var controls: RunControls {
        RunControls(
            run: id, coordinator: service.coordinator, worker: worker,
            artefacts: ArtefactCache(folder: "/nonexistent", logger: logger),
            functions: FunctionRegistry(programs: ProgramExecutor(environment: [:], limits: .init())))
    }

    /// Waits until so many attempts run.
    func running(_ count: Int) async {
        for await _ in service.coordinator.changes(of: id) where worker.attempts >= count { return }
    }
}

/// An organization of accounts 1 to so many.
private struct SmallOrganization: OrganizationDirectory {
    let accounts: Int

    func caller() async throws -> Caller { Caller(account: try .sample(999), partition: "aws") }
    func accounts(after token: String?) async throws -> DirectoryPage<Account> {
        let all = try (1...accounts).map { Account(id: try .sample($0), name: "account \($0)", status: "ACTIVE") }
        return DirectoryPage(elements: all, next: nil)
    }
    func accountIDs(in parent: String, after token: String?) async throws -> DirectoryPage<AccountID> {
        DirectoryPage(elements: [], next: nil)
    }
    func units(in parent: String, after token: String?) async throws -> DirectoryPage<String> {
        DirectoryPage(elements: [], next: nil)
    }
}

/// Runs attempts that wait for a gate.
private struct GatedRunner: AttemptRunner {
    let gate: Watched<Bool>
    let failing: Set<Int>

    func run(_ lease: Lease, _ assignment: RunAssignment, cancellation: AttemptCancellation) async -> AttemptEnd {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await gate.opened() }
            group.addTask { await cancellation.wait() }
            await group.next()
            group.cancelAll()
        }
        if cancellation.isCancelled { return .release(LeaseRelease(token: lease.token, reason: .interrupted)) }
        let number = Int(lease.account.id.rawValue) ?? 0
        let outcome: Outcome =
            failing.contains(number) ? .failed(Failure(type: "T", message: "it broke")) : .succeeded(nil)
        return .report(
            AttemptReport(token: lease.token, outcome: outcome, startedAt: .start, durationMilliseconds: 250))
    }
}
