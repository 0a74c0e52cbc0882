// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Links whose other end does not read, and stores that take their time: nobody else waits for either.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorStallTests {
    /// A coordinator's end on which nothing can be said once the gate was closed; it is heard as ever.
    private struct StalledLink: Link {
        let base: LoopbackLink<CoordinatorMessage, WorkerMessage>
        let isStalled: Watched<Bool>

        func send(_ message: CoordinatorMessage) async -> Bool {
            await isStalled.until { !$0 }
            return await base.send(message)
        }

        func receive() async -> WorkerMessage? { await base.receive() }
        func close() { base.close() }
    }

    @Test func `cancelling a thousand leases over twenty links waits for none of them`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<1_000)
        let isStalled = Watched(false)
        let pairs = (0..<20).map { _ in HandDrivenWorker.End.pair() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, pair) in pairs.enumerated() {
                group.addTask {
                    if number == 7 {
                        try await bench.coordinator.serve(StalledLink(base: pair.coordinator, isStalled: isStalled))
                    } else {
                        try await bench.coordinator.serve(pair.coordinator)
                    }
                }
            }
            let workers = pairs.map { HandDrivenWorker(link: $0.worker) }
            var leases: [[Lease]] = []
            for (number, worker) in workers.enumerated() {
                await worker.hello("w\(number)")
                _ = try await worker.welcome()
                await worker.ask(50)
                leases.append(try await worker.leases(50))
            }
            isStalled.update { $0 = true }
            // It also has an answer waiting that cannot be said.
            await workers[7].link.send(.heartbeat(Heartbeat(number: 1)))
            await bench.coordinator.stop(run, because: .cancelled, cancellingAttempts: true)
            for number in 0..<20 where number != 7 {
                #expect(try await workers[number].cancelled() == Set(leases[number].map(\.token)))
                await workers[number].release(leases[number], .interrupted)
            }
            await bench.until(run) { $0.leasesOut == 50 }
            #expect(bench.coordinator.status(of: run)?.isOver == false)
            isStalled.update { $0 = false }
            #expect(await workers[7].link.receive() == .renewal(Renewal(number: 1)))
            #expect(try await workers[7].cancelled() == Set(leases[7].map(\.token)))
            await workers[7].release(leases[7], .interrupted)
            await bench.until(run) { $0.isOver }
            for pair in pairs { pair.worker.close() }
            try await group.waitForAll()
        }
        #expect(try await bench.counts(run).ready == 1_000)
    }

    @Test func `a coordinator that goes away waits a moment for one that does not read, not for ever`() async throws {
        let bench = try await CoordinatorBench()
        let isStalled = Watched(false)
        let (link, end) = HandDrivenWorker.End.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.coordinator.serve(StalledLink(base: end, isStalled: isStalled)) }
            let worker = HandDrivenWorker(link: link)
            await worker.hello()
            _ = try await worker.welcome()
            isStalled.update { $0 = true }
            async let leaving: Void = bench.coordinator.goAway(Goaway(reason: "it stops", retryMilliseconds: 1))
            await bench.clock.sleeping()
            bench.clock.advance(by: .seconds(2))
            await leaving
            isStalled.update { $0 = false }
            link.close()
            try await group.waitForAll()
        }
    }

    /// A store whose settling waits for a gate.
    private static func slow(
        reached: Watched<Int>, until gate: Watched<Bool>
    ) -> @Sendable (any TaskStore) -> any TaskStore {
        { base in
            InterposedStore(
                base,
                before: { call in
                    guard call == .settle else { return }
                    reached.increment()
                    await gate.opened()
                })
        }
    }

    @Test func `heartbeats are answered and leases are granted while reports wait for a slow store`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(
            ttl: .seconds(8), interposing: Self.slow(reached: reached, until: gate))
        _ = try await bench.activeRun(accounts: 0..<4)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(3)
                let leases = try await worker.leases(3)
                await worker.report(leases[0])
                await worker.release([leases[1]], .interrupted)
                await reached.until { $0 == 1 }
                for number in 1...10 {
                    await bench.clock.advance(by: .seconds(1), times: 4)
                    try await worker.heartbeat(Int64(number))
                }
                await worker.ask(1)
                _ = try await worker.leases(1)
                gate.open()
                #expect(try await worker.verdicts() == [.applied])
                await worker.report(leases[2])
                #expect(try await worker.verdicts() == [.applied], "forty seconds cost it nothing")
            }
        }
    }

    @Test func `a worker that says more than the store can take is not read, and not blamed for it`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(
            ttl: .seconds(8), interposing: Self.slow(reached: reached, until: gate))
        let run = try await bench.activeRun(accounts: 0..<100)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(100)
                let leases = try await worker.leases(100)
                let reporting = Watched(0)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for lease in leases.dropLast() {
                            await worker.report(lease)
                            reporting.increment()
                        }
                    }
                    // The link and the inbox are full: a report is being settled, sixteen wait, one waits for room, and 64 are unread.
                    await reporting.until { $0 >= 80 }
                    await bench.clock.advance(by: .seconds(1), times: 30)
                    #expect(try await bench.counts(run).leased == 100)
                    gate.open()
                    for _ in leases.dropLast() { #expect(try await worker.verdicts() == [.applied]) }
                    try await group.waitForAll()
                }
            }
        }
        #expect(try await bench.counts(run).succeeded == 99)
    }

    @Test func `reports of all links wait unread while together they take too much memory`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(
            ttl: .seconds(8), reportMemory: 4_096, interposing: Self.slow(reached: reached, until: gate))
        let run = try await bench.activeRun(accounts: 0..<2)
        let large = Outcome.succeeded(
            JSONText(trusted: Array(("\"" + String(repeating: "x", count: 3_000) + "\"").utf8)))
        try await bench.whileRunning {
            try await bench.withWelcomedWorker("w1") { first in
                try await bench.withWelcomedWorker("w2") { second in
                    await first.ask(1)
                    let one = try await first.leases(1)
                    await second.ask(1)
                    let two = try await second.leases(1)
                    await first.report(one[0], as: large)
                    await reached.until { $0 == 1 }
                    await second.report(two[0], as: large)
                    for number in 1...3 {
                        await bench.clock.advance(by: .seconds(1), times: 7)
                        try await first.heartbeat(Int64(number))
                    }
                    #expect(reached.value == 1)
                    #expect(try await bench.counts(run).leased == 2, "neither is blamed")
                    gate.open()
                    #expect(try await first.verdicts() == [.applied])
                    #expect(try await second.verdicts() == [.applied])
                }
            }
        }
    }

    @Test func `a coordinator that was stopped for two TTLs hears the queued heartbeats before it blames anybody`()
        async throws
    {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                await bench.clock.sleeping()
                // While the process was stopped its worker went on saying that it lives; nothing of it was read.
                bench.clock.advance(by: .seconds(16))
                await bench.clock.advance(by: .seconds(1), times: 3)
                try await worker.heartbeat(1)
                await bench.clock.advance(by: .seconds(1), times: 7)
                #expect(try await bench.counts(run).leased == 2)
                await worker.report(leases[0], leases[1])
                #expect(try await worker.verdicts() == [.applied, .applied])
            }
        }
    }
}
