// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Leases in time, and a disk that is full for a while.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorClockTests {
    @Test func `a heartbeat keeps the leases, silence loses them`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                for number in 1...4 {
                    await bench.clock.advance(by: .seconds(1), times: 5)
                    try await worker.heartbeat(Int64(number))
                }
                #expect(try await bench.counts(run).leased == 2)
                await bench.clock.advance(by: .seconds(1), times: 8)
                #expect(try await bench.counts(run).ready == 2)
                try await bench.withWelcomedWorker { again in
                    await again.report(leases[0])
                    let verdicts = try await again.verdicts()
                    #expect(verdicts == [.stale], "its task belongs to whoever leases it next")
                }
            }
        }
    }

    @Test func `a coordinator that was stopped for a while blames nobody`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                await bench.clock.sleeping()
                bench.clock.advance(by: .seconds(3_600))
                await bench.clock.advance(by: .seconds(1), times: 7)
                #expect(try await bench.counts(run).leased == 2)
                await worker.report(leases[0], leases[1])
                #expect(try await worker.verdicts() == [.applied, .applied])
            }
        }
    }

    @Test func `a worker that vanishes three times settles its task, and the stopped run is over`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun(accounts: 0..<1, raisesException: true)
        try await bench.whileRunning {
            for attempt in 1...3 {
                try await bench.withWelcomedWorker { worker in
                    await worker.ask(1)
                    let leases = try await worker.leases(1)
                    #expect(leases[0].attempt == attempt)
                }
                await bench.clock.advance(by: .seconds(1), times: 9)
            }
            let task = try #require(try await bench.store.allTasks(of: run).first)
            #expect(task.state == .failed && task.outcome?.failure?.type == "WorkerLost")
            #expect(bench.coordinator.status(of: run)?.stopReason == .raisedException(task.id))
            #expect(bench.coordinator.status(of: run)?.isOver == true)
        }
    }

    @Test func `an expired lease is granted to another worker that waits`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        _ = try await bench.activeRun(accounts: 0..<1)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker("w1") { first in
                await first.ask(1)
                let lost = try await first.leases(1)
                try await bench.withWelcomedWorker("w2") { second in
                    await second.ask(1)
                    await bench.clock.advance(by: .seconds(1), times: 5)
                    try await second.heartbeat()
                    await bench.clock.advance(by: .seconds(1), times: 4)
                    let found = try await second.leases(1)
                    #expect(found[0].token.task == lost[0].token.task)
                    try await bench.withWelcomedWorker("w1") { again in
                        await again.report(lost[0])
                        let verdicts = try await again.verdicts()
                        #expect(verdicts == [.stale])
                    }
                    await second.report(found[0])
                    #expect(try await second.verdicts() == [.applied])
                }
            }
        }
    }

    @Test(arguments: [InterposedStore.Call.grant, .settle, .release])
    func `a decision that finds the disk full is made again`(_ call: InterposedStore.Call) async throws {
        let bench = try await CoordinatorBench(interposing: InterposedStore.full([call], times: 2))
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            if call == .grant { await bench.clock.advance(by: .seconds(1), twice: ()) }
            let leases = try await worker.leases(2)
            await worker.report(leases[0])
            await worker.release([leases[1]], .notStarted)
            if call != .grant { await bench.clock.advance(by: .seconds(1), twice: ()) }
            #expect(try await worker.verdicts() == [.applied])
            try await worker.caughtUp()
        }
        let counts = try await bench.counts(run)
        #expect(counts.succeeded == 1 && counts.ready == 1)
    }

    @Test func `expiry that finds the disk full is made again`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8), interposing: InterposedStore.full([.expire], times: 2))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                _ = try await worker.leases(2)
            }
            await bench.clock.advance(by: .seconds(1), times: 8)
            #expect(try await bench.counts(run).leased == 2)
            await bench.clock.advance(by: .seconds(1), times: 2)
            #expect(try await bench.counts(run).ready == 2)
        }
    }

    @Test func `while a report waits for room the worker's other leases stay`() async throws {
        let isFull = Watched(true)
        let bench = try await CoordinatorBench(
            ttl: .seconds(8),
            interposing: { base in
                InterposedStore(
                    base,
                    before: { call in
                        if call == .settle, isFull.value { throw StoreError(.full, "the disk is full") }
                    })
            })
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                await worker.report(leases[0])
                // Heartbeats are heard although the report waits; both it and the expiry sleep between their looks.
                for number in 1...6 {
                    await bench.clock.advance(by: .seconds(1), times: 5, whenSleeping: 2)
                    try await worker.heartbeat(Int64(number))
                }
                isFull.update { $0 = false }
                bench.clock.advance(by: .seconds(1))
                #expect(try await worker.verdicts() == [.applied])
                await worker.report(leases[1])
                #expect(try await worker.verdicts() == [.applied])
            }
        }
        #expect(try await bench.counts(run).succeeded == 2)
    }

    @Test func `a store that fails for good ends the link`() async throws {
        let bench = try await CoordinatorBench(
            interposing: { base in
                InterposedStore(base, before: { if $0 == .settle { throw StoreError(.failed, "the disk failed") } })
            })
        _ = try await bench.activeRun()
        let error = await #expect(throws: StoreError.self) {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(1)
                let leases = try await worker.leases(1)
                await worker.report(leases[0])
                #expect(await worker.link.receive() == nil, "no verdict: nothing was recorded")
            }
        }
        #expect(error?.code == .failed)
    }
}

extension ManualClock {
    /// Lets one sleeper go on twice.
    fileprivate func advance(by step: Duration, twice: Void) async {
        for _ in 0..<2 {
            await sleeping()
            advance(by: step)
        }
    }
}
