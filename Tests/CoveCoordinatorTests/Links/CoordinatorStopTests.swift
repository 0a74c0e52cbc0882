// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Synchronization
import Testing

@testable import CoveCoordinator

/// Stopping runs, and links that end.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorStopTests {
    @Test func `raise_exception ends what runs and grants nothing more`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<10, raisesException: true)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(3)
            let leases = try await worker.leases(3)
            await worker.report(leases[1], as: .failed(.sample))
            #expect(try await worker.cancelled() == [leases[0].token, leases[2].token])
            #expect(try await worker.verdicts() == [.applied])
            await worker.ask(3)
            await worker.report(leases[2], as: .roleNotAssumed(.sample))
            #expect(try await worker.verdicts() == [.applied], "no grant came before it")
            let status = try #require(bench.coordinator.status(of: run))
            #expect(status.stopReason == .raisedException(leases[1].token.task), "the first failure is the reason")
            #expect(!status.isOver)
            await worker.release([leases[0]], .interrupted)
            await bench.until(run) { $0.isOver }
            let counts = try await bench.counts(run)
            #expect(counts.ready == 8 && counts.failed == 1 && counts.roleNotAssumed == 1)
        }
    }

    @Test func `without raise_exception a failure stops nothing`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            let first = try await worker.leases(1)
            await worker.report(first[0], as: .failed(.sample))
            #expect(try await worker.verdicts() == [.applied])
            await worker.ask(1)
            _ = try await worker.leases(1)
            #expect(bench.coordinator.status(of: run)?.stopReason == nil)
        }
    }

    @Test func `a stop lets attempts finish unless it is told to end them`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<3)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            let leases = try await worker.leases(2)
            await bench.coordinator.stop(run, because: .interrupted, cancellingAttempts: false)
            await worker.report(leases[0])
            #expect(try await worker.verdicts() == [.applied], "no cancellation came before it")
            await bench.coordinator.stop(run, because: .planningFailed([]), cancellingAttempts: true)
            #expect(try await worker.cancelled() == [leases[1].token])
            #expect(bench.coordinator.status(of: run)?.stopReason == .interrupted, "the first reason stays")
        }
    }

    @Test func `a stop reaches every worker and no other run`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(1, accounts: 0..<2)
        try await bench.withWelcomedWorker("w1") { first in
            try await bench.withWelcomedWorker("w2") { second in
                await first.ask(1)
                let one = try await first.leases(1)
                await second.ask(1)
                let two = try await second.leases(1)
                let other = try await bench.activeRun(2, accounts: 0..<1)
                await second.ask(1)
                _ = try await second.leases(1)
                await bench.coordinator.stop(run, because: .interrupted, cancellingAttempts: true)
                #expect(try await first.cancelled() == [one[0].token])
                #expect(try await second.cancelled() == [two[0].token])
                #expect(bench.coordinator.status(of: other)?.stopReason == nil)
            }
        }
    }

    /// A store whose grants are decided, and then held until the gate opens.
    private static func holdingGrants(
        reached: Watched<Int>, until gate: Watched<Bool>
    ) -> @Sendable (any TaskStore) -> any TaskStore {
        { base in
            InterposedStore(
                base,
                after: { call in
                    guard call == .grant else { return }
                    reached.increment()
                    await gate.opened()
                })
        }
    }

    @Test func `leases that were under way when their run was stopped go back unseen`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(interposing: Self.holdingGrants(reached: reached, until: gate))
        let run = try await bench.activeRun(isAtMostOnce: true)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            await reached.until { $0 == 1 }
            let counts = try await bench.counts(run)
            #expect(counts.leased == 2)
            await bench.coordinator.stop(run, because: .interrupted, cancellingAttempts: true)
            gate.open()
            await worker.link.send(.goodbye)
            #expect(await worker.link.receive() == nil, "neither a grant nor a cancellation")
        }
        #expect(try await bench.counts(run).ready == 2)
        #expect(bench.coordinator.status(of: run)?.leasesOut == 0)
    }

    @Test func `a run whose leases are on their way when it is stopped is not over before they are back`() async throws
    {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(interposing: Self.holdingGrants(reached: reached, until: gate))
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            await reached.until { $0 == 1 }
            await bench.coordinator.stop(run, because: .interrupted, cancellingAttempts: true)
            #expect(bench.coordinator.status(of: run)?.isOver == false)
            gate.open()
            await bench.until(run) { $0.isOver }
            let counts = try await bench.counts(run)
            #expect(counts.ready == 2)
        }
    }

    /// A coordinator's end whose grants wait until a gate opens; all else goes at once.
    private struct HoldingLink: Link {
        let base: LoopbackLink<CoordinatorMessage, WorkerMessage>
        let reached: Watched<Int>
        let gate: Watched<Bool>

        func send(_ message: CoordinatorMessage) async -> Bool {
            if case .grant = message {
                reached.increment()
                await gate.opened()
            }
            return await base.send(message)
        }

        func receive() async -> WorkerMessage? { await base.receive() }
        func close() { base.close() }
    }

    @Test func `a cancellation does not overtake its grant, and leases that were not said yet go back`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<4, isAtMostOnce: true)
        let (link, end) = HandDrivenWorker.End.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.coordinator.serve(HoldingLink(base: end, reached: reached, gate: gate)) }
            defer { link.close() }
            let worker = HandDrivenWorker(link: link)
            await worker.hello()
            _ = try await worker.welcome()
            await worker.ask(2)
            await reached.until { $0 == 1 }
            // The first grant is being said; the next one waits for it.
            await worker.ask(2)
            await bench.until(run) { $0.leasesOut == 4 }
            await bench.coordinator.stop(run, because: .interrupted, cancellingAttempts: true)
            await bench.until(run) { $0.leasesOut == 2 }
            gate.open()
            let leases = try await worker.leases(2)
            #expect(try await worker.cancelled() == Set(leases.map(\.token)))
            let counts = try await bench.counts(run)
            #expect(counts.leased == 2 && counts.ready == 2 && counts.failed == 0)
            link.close()
            try await group.waitForAll()
        }
    }

    @Test func `a grant that meets a closed link goes back`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(interposing: Self.holdingGrants(reached: reached, until: gate))
        let run = try await bench.activeRun(isAtMostOnce: true)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            await reached.until { $0 == 1 }
            worker.link.close()
            gate.open()
        }
        #expect(try await bench.counts(run).ready == 2)
        #expect(bench.coordinator.status(of: run)?.leasesOut == 0)
    }

    @Test func `leases that are out when a worker says goodbye were never started and go back`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(isAtMostOnce: true)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            // To the coordinator it is the same whether the grant was read or crossed the goodbye.
            _ = try await worker.leases(2)
            await worker.link.send(.goodbye)
        }
        let counts = try await bench.counts(run)
        #expect(counts.ready == 2 && counts.failed == 0)
        #expect(bench.coordinator.status(of: run)?.leasesOut == 0)
    }

    @Test func `a worker that says goodbye leaves its other reports settled`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            let leases = try await worker.leases(2)
            await worker.report(leases[0], leases[1])
            await worker.link.send(.goodbye)
        }
        #expect(try await bench.counts(run).succeeded == 2)
    }

    @Test func `a link that breaks with leases out keeps them until they expire`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                _ = try await worker.leases(2)
            }
            await bench.clock.advance(by: .seconds(1), times: 7)
            #expect(try await bench.counts(run).leased == 2)
            await bench.clock.advance(by: .seconds(1), times: 1)
            #expect(try await bench.counts(run).ready == 2)
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                #expect(leases.map(\.attempt) == [2, 2], "each cost an attempt")
            }
        }
    }

    @Test func `links and watchers that have gone are forgotten`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            try await worker.caughtUp()
            #expect(bench.coordinator.change { $0.links.count } == 1)
            for _ in 0..<3 { await bench.until(run) { _ in true } }
        }
        #expect(bench.coordinator.change { $0.links.isEmpty && $0.workers.isEmpty })
        #expect(bench.coordinator.change { $0.watcherCount } == 0)
    }

    @Test func `status and changes of a run that was not taken up say nothing`() async throws {
        let bench = try await CoordinatorBench()
        #expect(bench.coordinator.status(of: .sample(1)) == nil)
        var ticks = bench.coordinator.changes(of: .sample(1)).makeAsyncIterator()
        #expect(await ticks.next() != nil, "the first tick comes at once")
        await bench.coordinator.stop(.sample(1), because: .interrupted, cancellingAttempts: true)
        #expect(bench.coordinator.status(of: .sample(1)) == nil)
    }

    @Test func `while a failure that may stop its run is being recorded, no more of it is granted`() async throws {
        let isHeld = Watched<Bool?>(nil)
        let bench = try await CoordinatorBench(interposing: { store in
            InterposedStore(
                store,
                before: { call in
                    guard call == .settle else { return }
                    isHeld.update { $0 = true }
                    await isHeld.until { $0 == false }
                })
        })
        let run = try await bench.activeRun(1, raisesException: true)
        let other = try await bench.activeRun(2, accounts: 0..<1)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            let first = try await worker.leases(1)
            #expect(first.map(\.run) == [run])
            await worker.report(first[0], as: .failed(.sample))
            await isHeld.until { $0 == true }
            await worker.ask(2)
            let next = try await worker.leases(1)
            #expect(next.map(\.run) == [other])
            isHeld.update { $0 = false }
            #expect(try await worker.verdicts() == [.applied])
        }
        let counts = try await bench.counts(run)
        #expect(counts.ready == 1 && counts.failed == 1)
    }
}
