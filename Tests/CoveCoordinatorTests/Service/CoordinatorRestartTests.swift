// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Coordinators that die and come back to the same store.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorRestartTests {
    private let run = RunID.sample(1)

    /// A folder in which a coordinator has died while a worker held leases of all tasks of a run.
    private func folder(
        leasing count: Int, isAtMostOnce: Bool = false, cancelled: Bool = false
    ) async throws -> (folder: TemporaryFolder, leases: [Lease]) {
        let bench = try await ServiceBench(directory: { _ in
            ScriptedDirectory(.init(pages: [Account.samples(0..<count)]))
        })
        let leases = try await bench.whileRunning {
            try await bench.service.submit(
                run, .sample(regions: ["eu-west-1"], isAtMostOnce: isAtMostOnce))
            try await bench.until(run) { $0.record.state == .planned }
            return try await bench.withWelcomedWorker { worker in
                await worker.ask(count)
                let leases = try await worker.leases(count)
                if cancelled { try await bench.service.cancel(run) }
                return leases
            }
        }
        try await bench.store.close()
        return (bench.folder, leases)
    }

    @Test func `workers go on with what they hold, and nothing of it is granted meanwhile`() async throws {
        let (folder, leases) = try await folder(leasing: 3)
        let bench = try await ServiceBench(in: folder)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker("other") { other in
                await other.ask(3)
                await bench.clock.advance(by: .seconds(1), times: 6)
                try await bench.withWorker { worker in
                    await worker.hello(holding: Array(leases[..<2]))
                    let welcome = try await worker.welcome()
                    #expect(welcome.lost.isEmpty && welcome.epoch == leases[0].token.epoch + 1)
                    #expect(bench.coordinator.status(of: run)?.leasesOut == 3)
                    await worker.report(leases[0])
                    #expect(try await worker.verdicts() == [.applied])
                    try await other.caughtUp()
                    // The one that nobody claimed is given back when a TTL has passed, without charge.
                    await bench.clock.advance(by: .seconds(1), times: 3)
                    let found = try await other.leases(1)
                    #expect(found[0].token.task == leases[2].token.task && found[0].attempt == 1)
                    try await worker.heartbeat()
                    await bench.clock.advance(by: .seconds(1), times: 7)
                    await worker.report(leases[1])
                    #expect(try await worker.verdicts() == [.applied], "it lasts a TTL from when its worker was heard")
                }
            }
        }
    }

    @Test func `a report of a lease that was not claimed is recorded`() async throws {
        let (folder, leases) = try await folder(leasing: 2)
        let bench = try await ServiceBench(in: folder)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.report(leases[0])
                #expect(try await worker.verdicts() == [.applied])
                await bench.clock.advance(by: .seconds(1), times: 9)
                let counts = try #require(try await bench.store.counts(of: run))
                #expect(counts.succeeded == 1 && counts.ready == 1)
            }
            try await bench.withWelcomedWorker { worker in
                await worker.report(leases[1])
                let verdicts = try await worker.verdicts()
                #expect(verdicts == [.stale], "it was given back")
            }
        }
    }

    @Test func `a worker that comes after the grace is told that it has lost its leases`() async throws {
        let (folder, leases) = try await folder(leasing: 2)
        let bench = try await ServiceBench(in: folder)
        try await bench.whileRunning {
            await bench.clock.advance(by: .seconds(1), times: 9)
            try await bench.withWorker { worker in
                await worker.hello(holding: leases)
                let welcome = try await worker.welcome()
                #expect(Set(welcome.lost) == Set(leases.map(\.token)))
                await worker.report(leases[0])
                #expect(try await worker.verdicts() == [.stale])
            }
        }
    }

    @Test func `in an at-most-once run what nobody claimed is not run again`() async throws {
        let (folder, _) = try await folder(leasing: 2, isAtMostOnce: true)
        let bench = try await ServiceBench(in: folder)
        try await bench.whileRunning {
            await bench.clock.advance(by: .seconds(1), times: 9)
            try await bench.until(run) { $0.record.state == .completed }
            let tasks = try await bench.store.allTasks(of: run)
            #expect(tasks.allSatisfy { $0.outcome == .failed(.outcomeUnknown) })
        }
    }

    @Test func `a run that was cancelled stays so, and attempts that still run are ended`() async throws {
        let (folder, leases) = try await folder(leasing: 2, cancelled: true)
        let bench = try await ServiceBench(in: folder)
        try await bench.whileRunning {
            try await bench.withWorker { worker in
                await worker.hello(holding: leases)
                _ = try await worker.welcome()
                #expect(try await worker.cancelled() == Set(leases.map(\.token)))
                await worker.ask(2)
                await worker.release(leases, .interrupted)
                try await bench.until(run) { $0.status.isOver }
                try await worker.caughtUp()
            }
            let record = try #require(try await bench.store.run(run))
            #expect(record.stopReason == .cancelled && record.counts.ready == 2)
            try await bench.until(run) { _ in bench.coordinator.change { $0.runs.isEmpty } }
        }
    }

    @Test func `plans that were not finished are made again, and runs that were stopped are left alone`() async throws {
        let first = try await ServiceBench()
        for number in 1...3 {
            try await first.store.createRun(
                .sample(number), specification: .sample(regions: ["eu-west-1"]), createdAt: .start)
        }
        try await first.store.stop(.sample(2), because: .interrupted)
        try await first.store.beginPlanning(.sample(3), callingAccount: Caller.sample.account, partition: "aws")
        _ = try await first.store.addTargets([.sample(1)], skipped: [], to: .sample(3))
        try await first.store.close()
        let second = try await ServiceBench(in: first.folder)
        try await second.whileRunning {
            for number in [1, 3] {
                let planned = try await second.until(.sample(number)) { $0.record.state == .planned }
                #expect(planned.record.counts.total == 2)
            }
            #expect(try await second.store.run(.sample(2))?.state == .planning)
            #expect(second.coordinator.status(of: .sample(2)) == nil)
        }
    }

    @Test func `whoever connects before the store's runs were taken up waits`() async throws {
        let (folder, leases) = try await folder(leasing: 2)
        let bench = try await ServiceBench(in: folder)
        try await bench.withWorker { worker in
            await worker.hello(holding: leases)
            try await bench.whileRunning {
                let welcome = try await worker.welcome()
                #expect(welcome.lost.isEmpty)
            }
        }
    }

    @Test func `a lease that its coordinator, its worker and the next coordinator lost three times fails`() async throws
    {
        var (folder, leases) = try await folder(leasing: 1)
        for attempt in 2...4 {
            let bench = try await ServiceBench(in: folder)
            try await bench.whileRunning {
                try await bench.withWorker { worker in
                    await worker.hello("w\(attempt)", holding: leases)
                    let welcome = try await worker.welcome()
                    #expect(welcome.lost.isEmpty)
                }
                await bench.clock.advance(by: .seconds(1), times: 9)
                guard attempt < 4 else { return }
                leases = try await bench.withWelcomedWorker { worker in
                    await worker.ask(1)
                    return try await worker.leases(1)
                }
                #expect(leases[0].attempt == attempt)
            }
            let task = try #require(try await bench.store.allTasks(of: run).first)
            if attempt == 4 { #expect(task.outcome?.failure?.type == "WorkerLost") }
            try await bench.store.close()
            folder = bench.folder
        }
    }
}
