// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveTestSupport
import CoveWire
import FoundationEssentials
import Testing

@testable import CoveWorker

/// Workers and a coordinator over a real store, joined by links in one process.
@Suite(.timeLimit(.minutes(5)))
struct WorkerEndToEndTests {
    private final class Folder: Sendable {
        let path = FileManager.default.temporaryDirectory.path + "/cove-worker-\(UInt64.random(in: 0 ... .max))"
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private struct Bench {
        let folder = Folder()
        let store: SQLiteTaskStore
        let coordinator: Coordinator
        let attempts: HandDrivenAttempts

        init(tasks: Int, areInstant: Bool = false, raisesException: Bool = false) async throws {
            let start = Timestamp(milliseconds: 1_800_000_000_000)
            store = try await SQLiteTaskStore.open(folder: folder.path, mode: .create, writtenBy: "test", now: start)
            coordinator = Coordinator(store: store, clock: ManualClock().clock, logger: .silent)
            attempts = HandDrivenAttempts(areInstant: areInstant)
            let specification = RunSpecification(function: .native("function"), raisesException: raisesException)
            try await store.createRun(.sample, specification: specification, createdAt: start)
            try await store.beginPlanning(.sample, callingAccount: Account.sample(900).id, partition: "aws")
            let accounts = (0..<tasks).map { Account.sample(1_000 + $0) }
            _ = try await store.addTargets(accounts, skipped: [], to: .sample)
            try await store.finishPlanning(.sample)
            let record = try await store.run(.sample)
            coordinator.activate(try #require(record))
        }

        /// Runs workers until they were drained and their links have ended.
        func run(workers: Int = 1, slots: Int, _ body: ([Worker]) async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                var all: [Worker] = []
                for number in 1...workers {
                    let (link, end) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair(capacity: 2)
                    let worker = Worker(
                        configuration: WorkerConfiguration(
                            name: "w\(number)", slots: slots, kinds: [.native], clock: ManualClock().clock),
                        runner: attempts, logger: .silent)
                    all.append(worker)
                    group.addTask { try await coordinator.serve(end) }
                    group.addTask { try await worker.run(over: link) }
                }
                try await body(all)
                try await group.waitForAll()
            }
        }

        func untilOver() async {
            for await _ in coordinator.changes(of: .sample) where coordinator.status(of: .sample)?.isOver == true {
                return
            }
        }

        func counts() async throws -> RunCounts {
            let record = try await store.run(.sample)
            return try #require(record).counts
        }
    }

    @Test(arguments: [(1, 1), (1, 20), (3, 8)])
    func `a thousand tasks are each run once and recorded`(_ workers: Int, _ slots: Int) async throws {
        let bench = try await Bench(tasks: 1_000, areInstant: true)
        try await bench.run(workers: workers, slots: slots) { workers in
            await bench.untilOver()
            for worker in workers { worker.drain() }
        }
        #expect(try await bench.counts().succeeded == 1_000)
        let state = bench.attempts.state.value
        #expect(state.started.count == 1_000 && Set(state.started).count == 1_000)
        #expect(state.mostAtOnce <= workers * slots)
        #expect(bench.coordinator.status(of: .sample)?.leasesOut == 0)
    }

    @Test func `a drained worker finishes what runs and leaves the rest`() async throws {
        let bench = try await Bench(tasks: 10)
        try await bench.run(slots: 3) { workers in
            await bench.attempts.started(3)
            workers[0].drain()
            for number in 0..<3 {
                let token = bench.attempts.state.value.started[number]
                bench.attempts.state.update { $0.ends[token] = .succeeded(nil) }
            }
        }
        let counts = try await bench.counts()
        #expect(counts.succeeded == 3 && counts.ready == 7 && counts.leased == 0)
        #expect(bench.coordinator.status(of: .sample)?.isOver == false)
    }

    @Test func `a stop that ends attempts gives their leases back`() async throws {
        let bench = try await Bench(tasks: 10)
        try await bench.run(workers: 2, slots: 3) { workers in
            await bench.attempts.started(6)
            await bench.coordinator.stop(.sample, because: .interrupted, cancellingAttempts: true)
            await bench.untilOver()
            for worker in workers { worker.drain() }
        }
        let counts = try await bench.counts()
        #expect(counts.ready == 10 && counts.leased == 0)
        let tasks = try await bench.store.tasks(of: .sample, in: [.ready], after: .start, limit: 10).tasks
        #expect(tasks.filter(\.wasInterrupted).count == 6)
        #expect(tasks.allSatisfy { $0.attempts == 0 }, "what was interrupted is not charged")
    }

    @Test func `the worker's own cancellation gives the leases back and it leaves`() async throws {
        let bench = try await Bench(tasks: 4)
        try await bench.run(slots: 4) { workers in
            await bench.attempts.started(4)
            workers[0].drain()
            workers[0].cancelAttempts()
        }
        let counts = try await bench.counts()
        #expect(counts.ready == 4 && counts.leased == 0)
    }

    @Test func `the first failure of a raising run ends the other attempts`() async throws {
        let bench = try await Bench(tasks: 20, raisesException: true)
        try await bench.run(workers: 2, slots: 3) { workers in
            await bench.attempts.started(6)
            let first = bench.attempts.state.value.started[0]
            bench.attempts.state.update { $0.ends[first] = .failed(Failure(type: "Boom", message: "no")) }
            await bench.untilOver()
            for worker in workers { worker.drain() }
        }
        let counts = try await bench.counts()
        #expect(counts.failed == 1 && counts.ready == 19 && counts.leased == 0)
        #expect(bench.attempts.state.value.cancelled.count == 5)
    }

    @Test func `draining in any moment loses no task and leaves no lease`() async throws {
        for count in stride(from: 1, through: 120, by: 7) {
            let bench = try await Bench(tasks: 200, areInstant: true)
            try await bench.run(workers: 2, slots: 5) { workers in
                await bench.attempts.started(count)
                for worker in workers { worker.drain() }
            }
            let counts = try await bench.counts()
            #expect(counts.leased == 0 && counts.ready + counts.succeeded == 200)
            #expect(counts.succeeded == bench.attempts.state.value.started.count)
            #expect(bench.coordinator.status(of: .sample)?.leasesOut == 0)
        }
    }
}
