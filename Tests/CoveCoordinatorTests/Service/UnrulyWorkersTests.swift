// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Workers and coordinators that fail at any time: every task is recorded once, and nothing is forgotten.
@Suite(.timeLimit(.minutes(5)))
struct UnrulyWorkersTests {
    private static let tasks = 200
    private let run = RunID.sample(1)

    /// Moves the clock in step with the workers, so that some leases expire and most do not.
    private func keepTime(_ bench: ServiceBench, steps: Watched<Int>) async {
        var next = 0
        while !Task.isCancelled {
            next = max(next, steps.value) + 25
            await steps.until { [next] in $0 >= next }
            await bench.clock.sleeping()
            bench.clock.advance(by: .seconds(1))
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `every task is recorded once, whoever fails and whenever`(_ seed: UInt64) async throws {
        let folder = try TemporaryFolder()
        let (seen, applied) = (Watched<[LeaseToken: String]>([:]), Watched<[TaskID: Int]>([:]))
        let workers = (1...5).map { UnrulyWorker($0, seed: seed, seen: seen, applied: applied) }
        var isOver = false
        var generation = 0
        while !isOver {
            generation += 1
            let bench = try await ServiceBench(
                in: folder, directory: { _ in ScriptedDirectory(.init(pages: [Account.samples(0..<Self.tasks)])) })
            if generation == 1 {
                try await bench.service.submit(run, .sample(regions: ["eu-west-1"]))
            }
            // The first coordinators die in the midst of it, the last one sees it through.
            isOver = try await work(bench, workers, steps: generation < 4 ? 500 : .max)
            try await bench.store.close()
        }
        let store = try await StoreKind.sqlite.open(folder)
        let counts = try #require(try await store.counts(of: run))
        // A task whose workers vanished three times has failed.
        #expect(counts.succeeded + counts.failed == Self.tasks && counts.roleNotAssumed == 0)
        #expect(applied.value.values.allSatisfy { $0 == 1 })
        #expect(applied.value.count <= counts.succeeded, "a verdict may have been lost, an outcome was not")
    }

    /// Lets workers and a coordinator work until the run is complete, or for so many steps; whether it is complete.
    private func work(_ bench: ServiceBench, _ workers: [UnrulyWorker], steps limit: Int) async throws -> Bool {
        let (steps, isComplete) = (Watched(0), Watched(false))
        return try await bench.whileRunning {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.keepTime(bench, steps: steps) }
                group.addTask {
                    // Cancelled and resumed now and then, too.
                    var next = 150
                    while !Task.isCancelled, !isComplete.value {
                        await steps.until { [next] in $0 >= next }
                        next += 400
                        _ = await bench.failure { try await bench.service.cancel(self.run) }
                        _ = await bench.failure { try await bench.service.resume(self.run) }
                    }
                }
                try await withThrowingTaskGroup(of: Void.self) { working in
                    for worker in workers {
                        working.addTask {
                            try await worker.work(bench.service, steps: steps) {
                                isComplete.value || steps.value >= limit
                            }
                        }
                    }
                    if limit == .max {
                        working.addTask {
                            try await bench.until(self.run) { $0.record.state == .completed }
                            isComplete.update { $0 = true }
                        }
                    }
                    try await working.waitForAll()
                }
                group.cancelAll()
            }
            guard isComplete.value else { return false }
            // What workers still held when the last task was settled ends with its time.
            while bench.coordinator.change({ $0.book.count > 0 || !$0.runs.isEmpty || !$0.workers.isEmpty }) {
                await bench.clock.advance(by: .seconds(1), times: 1)
            }
            #expect(bench.coordinator.change { $0.links.isEmpty && $0.watcherCount == 0 })
            #expect(bench.coordinator.reportMemory.reserved == 0)
            return true
        }
    }
}
