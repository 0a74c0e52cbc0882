// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// Draining a worker that connects: with a link, and without one.
@Suite(.timeLimit(.minutes(5)))
struct WorkerDrainTests {
    private typealias Bench = ConnectingBench

    /// A worker whose link has ended while an attempt runs, and that cannot connect for now.
    private func withoutLink(_ body: (Bench) async throws -> Void) async throws -> (Bench, WorkerEnding?) {
        let bench = Bench()
        let ending = try await bench.run(cancelled: false) {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            end.close()
            await bench.clock.sleeping(for: Bench.shortWaits(1)[0])
            try await body(bench)
        }
        return (bench, ending)
    }

    @Test func `with a link it finishes what runs, delivers it, says goodbye and returns`() async throws {
        let bench = Bench()
        let ending = try await bench.run(cancelled: false) {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            bench.worker.drain()
            bench.attempts.end(.sample(1))
            #expect(await bench.nextNews(end) == .report([Lease.sample(1).report(.succeeded(nil))]))
            await end.send(.verdicts([Lease.sample(1).answer()]))
            #expect(await bench.nextNews(end) == .goodbye)
        }
        #expect(ending == WorkerEnding(undeliveredReports: 0))
        #expect(bench.source.tries.value == 1)
    }

    @Test func `while it drains the heartbeats go on and say so`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            await bench.start([.sample(1)], on: end)
            bench.worker.drain()
            #expect(await end.receive() == .heartbeat(Heartbeat(number: 1, isDraining: true)))
            await bench.clock.pass(.seconds(3))
            #expect(await end.receive() == .heartbeat(Heartbeat(number: 2, isDraining: true)))
        }
    }

    @Test func `without a link its reports are delivered when there is one again`() async throws {
        let (_, ending) = try await withoutLink { bench in
            bench.worker.drain()
            bench.attempts.end(.sample(1))
            await bench.ended(1)
            bench.clock.advance(by: Bench.shortWaits(1)[0])
            let end = await bench.welcome(2, held: [.sample(1)])
            #expect(await bench.nextNews(end) == .report([Lease.sample(1).report(.succeeded(nil))]))
            await end.send(.verdicts([Lease.sample(1).answer()]))
            #expect(await bench.nextNews(end) == .goodbye)
        }
        #expect(ending == WorkerEnding(undeliveredReports: 0))
    }

    @Test func `what cannot be delivered in time is told`() async throws {
        let (bench, ending) = try await withoutLink { bench in
            bench.source.fail(with: LinkError(.unreachable, "no"), LinkError(.unreachable, "no"))
            bench.worker.drain()
            // The limit counts from when nothing runs any more.
            bench.clock.advance(by: .milliseconds(1))
            #expect(!bench.clock.isSleeping(for: .seconds(20)))
            bench.attempts.end(.sample(1))
            await bench.clock.sleeping(for: .seconds(20))
            bench.clock.advance(by: .seconds(20) - .milliseconds(1))
            await bench.source.tries.until { $0 == 2 }
            #expect(bench.worker.unansweredReports == 1)
            bench.clock.advance(by: .milliseconds(1))
        }
        #expect(ending == WorkerEnding(undeliveredReports: 1))
        #expect(bench.worker.unansweredReports == 1)
    }

    @Test func `without a link and without anything to deliver it returns at once`() async throws {
        let bench = Bench(failures: [LinkError(.unreachable, "no")])
        let ending = try await bench.run(cancelled: false) {
            await bench.clock.sleeping(for: Bench.waits(1)[0])
            bench.worker.drain()
        }
        #expect(ending == WorkerEnding(undeliveredReports: 0))
    }

    @Test func `drained before it ran it does not connect`() async throws {
        let bench = Bench()
        bench.worker.drain()
        let ending = try await bench.run(cancelled: false) {}
        #expect(ending == WorkerEnding(undeliveredReports: 0) && bench.source.tries.value == 0)
    }

    @Test func `without a link attempts that are cancelled are given back when there is one again`() async throws {
        let (_, ending) = try await withoutLink { bench in
            bench.worker.drain()
            bench.worker.cancelAttempts()
            await bench.ended(1)
            bench.clock.advance(by: Bench.shortWaits(1)[0])
            let end = await bench.welcome(2, held: [.sample(1)])
            #expect(await bench.nextNews(end) == .release([Lease.sample(1).release(.interrupted)]))
            #expect(await bench.nextNews(end) == .goodbye)
        }
        #expect(ending == WorkerEnding(undeliveredReports: 0))
    }

    @Test func `a link that lives is waited on for longer than the limit, but no further link is`() async throws {
        let (_, ending) = try await withoutLink { bench in
            bench.worker.drain()
            bench.attempts.end(.sample(1))
            await bench.clock.sleeping(for: .seconds(20))
            bench.clock.advance(by: Bench.shortWaits(1)[0])
            let end = await bench.welcome(2, held: [.sample(1)])
            #expect(await bench.nextNews(end) == .report([Lease.sample(1).report(.succeeded(nil))]))
            for _ in 0..<8 {
                await bench.clock.pass(.seconds(3))
                await bench.heard(on: end)
            }
            #expect(bench.worker.unansweredReports == 1)
            end.close()
        }
        #expect(ending == WorkerEnding(undeliveredReports: 1))
    }

    @Test func `cancelling the run leaves at once and says what was left`() async throws {
        let bench = Bench()
        let ending = try await bench.run {
            let end = await bench.welcome()
            await bench.start(Lease.samples(1...2), on: end)
            bench.attempts.end(.sample(1))
            await bench.ended(1)
        }
        #expect(ending == WorkerEnding(undeliveredReports: 1))
        #expect(bench.attempts.state.value.running.isEmpty)
    }
}
