// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// Attempts and reports of a worker whose links end while its attempts go on.
@Suite(.timeLimit(.minutes(5)))
struct WorkerLinkTests {
    private typealias Bench = ConnectingBench

    @Test func `attempts outlive the link, and are reported on the next`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            await bench.start(Lease.samples(1...2), on: end)
            end.close()
            await bench.clock.sleeping(for: Bench.shortWaits(1)[0])
            #expect(bench.attempts.state.value.running.count == 2)
            bench.attempts.end(.sample(1))
            await bench.ended(1)
            bench.clock.advance(by: Bench.shortWaits(1)[0])
            let next = await bench.welcome(2, held: Lease.samples(1...2))
            #expect(await bench.next(next) == .report([Lease.sample(1).report(.succeeded(nil))]))
            #expect(await bench.next(next) == .leaseRequest(LeaseRequest(want: 1)))
            bench.attempts.end(.sample(2))
            await next.send(.verdicts([Lease.sample(1).answer()]))
            #expect(await bench.next(next) == .report([Lease.sample(2).report(.succeeded(nil))]))
            #expect(bench.attempts.state.value.cancelled.isEmpty)
        }
    }

    @Test func `a report that was not answered is sent again`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            bench.attempts.end(.sample(1))
            let report = WorkerMessage.report([Lease.sample(1).report(.succeeded(nil))])
            while let message = await bench.next(end), message != report {}
            end.close()
            await bench.clock.pass(Bench.shortWaits(1)[0])
            let next = await bench.welcome(2, held: [.sample(1)])
            #expect(await bench.next(next) == report)
            await next.send(.verdicts([Lease.sample(1).answer(.duplicate)]))
            await bench.heard(on: next)
            #expect(bench.worker.unansweredReports == 0)
        }
    }

    @Test func `an attempt that the coordinator has lost ends and is not given back`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            await bench.start(Lease.samples(1...2), on: end)
            end.close()
            await bench.clock.pass(Bench.shortWaits(1)[0])
            let next = await bench.welcome(2, lost: [.sample(1)], held: Lease.samples(1...2))
            await bench.attempts.state.until { $0.running == [Lease.sample(2).token] }
            #expect(await bench.next(next) == .leaseRequest(LeaseRequest(want: 1)))
            #expect(bench.attempts.state.value.cancelled == [Lease.sample(1).token])
        }
    }

    // MARK: The fence

    @Test func `without a link attempts end when their leases may be over`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            await bench.clock.sleeping(for: Bench.fence)
            bench.source.fail(with: LinkError(.unreachable, "no"))
            end.close()
            await bench.clock.pass(Bench.shortWaits(1)[0])
            await bench.source.tries.until { $0 == 2 }
            bench.clock.advance(by: Bench.fence - Bench.shortWaits(1)[0] - .milliseconds(1))
            #expect(bench.worker.attempts == 1 && bench.attempts.state.value.cancelled.isEmpty)
            bench.clock.advance(by: .milliseconds(1))
            await bench.attempts.state.until { $0.running.isEmpty }
            let next = await bench.welcome(2, held: [.sample(1)])
            #expect(await bench.next(next) == .release([Lease.sample(1).release(.interrupted)]))
        }
    }

    @Test func `a link that is open and does not answer keeps nothing alive`() async throws {
        let bench = Bench()
        try await bench.run {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            for number in [1, 2, 3] as [Int64] {
                await bench.clock.pass(.seconds(3))
                while let message = await end.receive() {
                    if case .heartbeat(let heartbeat) = message {
                        #expect(heartbeat.number == number)
                        break
                    }
                }
                // It speaks of other things; and it answers what was sent 3 seconds after the hello, much later.
                await end.send(number == 3 ? .renewal(Renewal(number: 1)) : .verdicts([]))
            }
            await bench.heard(on: end)
            bench.clock.advance(by: .seconds(4))
            #expect(bench.worker.attempts == 1, "13 seconds after the hello, 10 after the heartbeat")
            #expect(bench.attempts.state.value.cancelled.isEmpty)
            bench.clock.advance(by: .seconds(1))
            await bench.attempts.state.until { $0.running.isEmpty }
        }
    }

    @Test func `a coordinator that is slow to settle but lives keeps all alive, and is asked for no more`() async throws
    {
        let slots = 4
        let bench = Bench(slots: slots, areInstant: true)
        try await bench.run {
            let end = await bench.welcome()
            var granted = 0
            let limit = 2 * slots + ReportOutbox.batch
            while granted <= limit, let message = await bench.next(end) {
                guard case .leaseRequest(let request) = message else { continue }
                let leases = Lease.samples((granted + 1)...(granted + request.want))
                granted += request.want
                await end.send(.grant(LeaseGrant(leases: leases, assignments: [.sample()])))
            }
            await bench.ended(granted)
            var asked = granted
            // Five TTLs without a verdict.
            for number in 1...20 as ClosedRange<Int64> {
                await bench.clock.pass(.seconds(3))
                while let message = await end.receive(), message != .heartbeat(Heartbeat(number: number)) {
                    if case .leaseRequest(let request) = message { asked += request.want }
                }
                await end.send(.renewal(Renewal(number: number)))
                await bench.heard(on: end)
            }
            #expect(bench.source.links == 1 && bench.log.told.isEmpty)
            #expect(asked <= limit + slots)
            #expect(bench.worker.unansweredReports == granted)
        }
    }

    @Test func `after a stop of the process nothing comes before the fence`() async throws {
        let bench = Bench(slots: 4)
        try await bench.run {
            let end = await bench.welcome()
            await bench.start([.sample(1)], on: end)
            // The process is stopped; meanwhile more was granted, and lies in the buffers.
            bench.clock.advance(by: .seconds(100))
            await end.send(.grant(LeaseGrant(leases: Lease.samples(2...3), assignments: [.sample()])))
            await bench.attempts.state.until { $0.running.isEmpty }
            #expect(bench.attempts.state.value.started == [Lease.sample(1).token])
            #expect(bench.attempts.state.value.cancelled == [Lease.sample(1).token])
        }
    }
}
