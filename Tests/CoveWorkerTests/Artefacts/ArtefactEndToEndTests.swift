// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveTestSupport
import CoveWire
import FoundationEssentials
import Testing

@testable import CoveWorker

/// A worker, a coordinator and a store: files that travel from one to the other, and programs that run with them.
@Suite(.timeLimit(.minutes(5)))
struct ArtefactEndToEndTests {
    /// What is in the archive, and what travels.
    private static func artefact() throws -> PackedArtefact {
        var writer = ArchiveWriter()
        let data = [UInt8](repeating: UInt8(ascii: "x"), count: 700_000)
        try writer.add(ArchiveEntry(path: "data", size: data.count), data)
        let program = Array("#!/bin/sh\necho \"[\\\"$(wc -c <\"$COVE_ARTEFACT/data\") $COVE_ACCOUNT_ID\\\"]\"\n".utf8)
        try writer.add(ArchiveEntry(path: "tool/count", size: program.count, isExecutable: true), program)
        return PackedArtefact(bytes: writer.finish())
    }

    private final class Bench: Sendable {
        let folder: TestFolder
        let store: SQLiteTaskStore
        let service: CoordinatorService
        let sts: FakeSTS
        let cache: ArtefactCache

        init() async throws {
            folder = try TestFolder()
            store = try await SQLiteTaskStore.open(
                folder: folder.file("store"), mode: .create, writtenBy: "test",
                now: Timestamp(milliseconds: 1_800_000_000_000))
            service = CoordinatorService(
                store: store, directory: { _ in ThreeAccounts() }, defaultRegion: nil,
                configuration: CoordinatorConfiguration(boundsSlots: false), clock: ManualClock().clock,
                logger: .silent)
            sts = try FakeSTS()
            cache = ArtefactCache(folder: folder.file("artefacts"), logger: .silent)
        }

        /// Performs runs of an artefact until they are over.
        func perform(_ run: RunID, program: String, _ artefact: PackedArtefact) async throws -> [TaskRecord] {
            let runner = RoleAssumingRunner(
                sessions: sts.sessions,
                functions: FunctionRegistry(
                    programs: ProgramExecutor(environment: ["PATH": "/usr/bin:/bin"], limits: .init())),
                artefacts: cache, clock: sts.clock.clock, logger: .silent)
            let worker = Worker(
                configuration: WorkerConfiguration(name: "w", slots: 3, kinds: [.exec], clock: ManualClock().clock),
                runner: runner, artefacts: cache, logger: .silent)
            let (workerLink, coordinatorLink) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.service.run() }
                group.addTask { try await self.service.serve(worker: coordinatorLink, address: "") }
                group.addTask { try await worker.run(over: workerLink) }
                defer { group.cancelAll() }
                try await service.upload(artefact)
                try await service.submit(
                    run,
                    RunSpecification(
                        function: .exec(ProgramSpecification(program: program, artefact: artefact.reference)),
                        regions: [try #require(RegionName("eu-west-1"))]))
                for await _ in service.coordinator.changes(of: run) {
                    if try await store.run(run)?.state == .completed { break }
                }
                return try await store.tasks(of: run, in: TaskState.allCases, after: .start, limit: 100).tasks
            }
        }
    }

    private struct ThreeAccounts: OrganizationDirectory {
        func caller() async throws -> Caller { Caller(account: Account.sample(900).id, partition: "aws") }
        func accounts(after token: String?) async throws -> DirectoryPage<Account> {
            DirectoryPage(elements: (1...3).map { Account.sample($0) }, next: nil)
        }
        func accountIDs(in parent: String, after token: String?) async throws -> DirectoryPage<AccountID> {
            DirectoryPage(elements: [], next: nil)
        }
        func units(in parent: String, after token: String?) async throws -> DirectoryPage<String> {
            DirectoryPage(elements: [], next: nil)
        }
    }

    @Test func `a program runs with the files that travelled with its run`() async throws {
        let bench = try await Bench()
        let tasks = try await bench.perform(.sample, program: "tool/count", try Self.artefact())
        #expect(
            tasks.map(\.outcome)
                == (1...3).map { .succeeded(JSONText(trusted: Array("[\"700000 00000000000\($0)\"]".utf8))) })
        try await bench.store.close()
    }

    @Test func `a program that is not among the files is looked for in PATH`() async throws {
        let bench = try await Bench()
        let tasks = try await bench.perform(.sample, program: "true", try Self.artefact())
        #expect(tasks.map(\.outcome) == [.succeeded(nil), .succeeded(nil), .succeeded(nil)])
        try await bench.store.close()
    }

    @Test func `a program that cannot be run is named`() async throws {
        let bench = try await Bench()
        let tasks = try await bench.perform(.sample, program: "data", try Self.artefact())
        #expect(tasks.allSatisfy { $0.outcome?.failure?.type == "ProgramNotStarted" })
        #expect(tasks.allSatisfy { $0.outcome?.failure?.message.contains("not executable") == true })
        try await bench.store.close()
    }
}
