// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// A worker, and the coordinator's end of its link, which says what the test says.
@Suite(.timeLimit(.minutes(5)))
struct WorkerTests {
    private typealias End = LoopbackLink<CoordinatorMessage, WorkerMessage>

    private static let terms = LeaseTerms(ttl: .seconds(8))

    private struct Bench {
        let attempts: HandDrivenAttempts
        let clock = ManualClock()
        let worker: Worker
        let end: End

        /// Says the terms, after which the worker asks for its slots.
        func welcome() async {
            guard case .hello = await end.receive() else { return #expect(Bool(false), "no hello") }
            await end.send(.welcome(Welcome(epoch: 1, terms: WorkerTests.terms)))
        }

        func grant(_ leases: [Lease], assigned: Bool = true) async {
            await end.send(.grant(LeaseGrant(leases: leases, assignments: assigned ? [.sample()] : [])))
        }
    }

    /// Runs a worker while `body` speaks for the coordinator; then the link is closed and the worker awaited.
    private func withWorker<Result>(
        slots: Int = 2, areInstant: Bool = false, _ body: (Bench) async throws -> Result
    ) async throws -> Result {
        let attempts = HandDrivenAttempts(areInstant: areInstant)
        let clock = ManualClock()
        let worker = Worker(
            configuration: WorkerConfiguration(
                name: "w1", session: "s1", program: "1.2.3", slots: slots, kinds: [.native], regions: ["eu-*"],
                roles: ["audit/*"], account: Account.sample(900).id, clock: clock.clock),
            runner: attempts, logger: .silent)
        let (link, end) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run(over: link) }
            defer { end.close() }
            let result = try await body(Bench(attempts: attempts, worker: worker, end: end))
            end.close()
            try await group.waitForAll()
            return result
        }
    }

    @Test func `a worker says who it is, and asks for its slots when it knows the terms`() async throws {
        try await withWorker(slots: 3) { bench in
            let hello = await bench.end.receive()
            #expect(
                hello
                    == .hello(
                        Hello(
                            worker: "w1", session: "s1", slots: 3, kinds: [.native], regions: ["eu-*"],
                            roles: ["audit/*"], account: Account.sample(900).id, program: "1.2.3",
                            takesSettings: true)))
            await bench.end.send(.welcome(Welcome(epoch: 1, terms: Self.terms)))
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 3)))
        }
    }

    @Test func `attempts run side by side, and each is reported as it ends`() async throws {
        try await withWorker { bench in
            await bench.welcome()
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            let leases = Lease.samples(1...2)
            await bench.grant(leases)
            await bench.attempts.started(2)
            #expect(bench.worker.attempts == 2)
            bench.attempts.end(leases[1])
            #expect(await bench.end.receive() == .report([leases[1].report(.succeeded(nil))]))
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 1)))
            await bench.end.send(.verdicts([leases[1].answer()]))
            let failure = Failure(type: "Boom", message: "no")
            bench.attempts.end(leases[0], .failed(failure))
            #expect(await bench.end.receive() == .report([leases[0].report(.failed(failure))]))
        }
    }

    @Test func `a lease of a run that is not described is given back`() async throws {
        try await withWorker { bench in
            await bench.welcome()
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            await bench.grant([.sample(1)], assigned: false)
            #expect(await bench.end.receive() == .release([Lease.sample(1).release()]))
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 1)))
            #expect(bench.worker.attempts == 0)
            #expect(bench.attempts.state.value.started.isEmpty)
        }
    }

    @Test func `a cancellation ends the attempt of its token and no other`() async throws {
        try await withWorker { bench in
            await bench.welcome()
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            let leases = Lease.samples(1...2)
            await bench.grant(leases)
            await bench.attempts.started(2)
            await bench.end.send(.cancel([leases[0].token, Lease.sample(9).token]))
            #expect(await bench.end.receive() == .release([leases[0].release(.interrupted)]))
            #expect(bench.attempts.state.value.running == [leases[1].token])
            #expect(bench.attempts.state.value.cancelled == [leases[0].token])
        }
    }

    @Test func `cancelAttempts ends all attempts`() async throws {
        try await withWorker(slots: 5) { bench in
            await bench.welcome()
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 5)))
            await bench.grant(Lease.samples(1...5))
            await bench.attempts.started(5)
            bench.worker.drain()
            bench.worker.cancelAttempts()
            var released: Set<LeaseToken> = []
            while released.count < 5, let message = await bench.end.receive() {
                if case .heartbeat = message { continue }
                guard case .release(let releases) = message else { return #expect(Bool(false), "no release") }
                #expect(releases.allSatisfy { $0.reason == .interrupted })
                released.formUnion(releases.map(\.token))
            }
            #expect(await bench.end.receive() == .goodbye)
            #expect(await bench.end.receive() == nil)
        }
    }

    @Test(arguments: [true, false])
    func `a drain finishes what runs, waits for the verdict and says goodbye`(_ isOrdered: Bool) async throws {
        try await withWorker { bench in
            await bench.welcome()
            #expect(await bench.end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            await bench.grant([.sample(1)])
            await bench.attempts.started(1)
            if isOrdered { await bench.end.send(.drain) } else { bench.worker.drain() }
            await bench.grant([.sample(2)])
            bench.attempts.end(.sample(1))
            var said: [WorkerMessage] = []
            let report = WorkerMessage.report([Lease.sample(1).report(.succeeded(nil))])
            let release = WorkerMessage.release([Lease.sample(2).release()])
            while !said.contains(report) || !said.contains(release), let message = await bench.end.receive() {
                said.append(message)
            }
            // That it drains is told at once, unless the attempt had ended by then.
            let heartbeat = WorkerMessage.heartbeat(Heartbeat(number: 1, isDraining: true))
            #expect(Set(said).subtracting([heartbeat]) == [report, release])
            await bench.end.send(.verdicts([Lease.sample(1).answer()]))
            #expect(await bench.end.receive() == .goodbye)
            #expect(await bench.end.receive() == nil)
        }
    }

    @Test func `a worker that is drained before it is welcomed leaves`() async throws {
        try await withWorker { bench in
            bench.worker.drain()
            guard case .hello = await bench.end.receive() else { return #expect(Bool(false), "no hello") }
            #expect(await bench.end.receive() == .goodbye)
            #expect(await bench.end.receive() == nil)
        }
    }

    @Test func `heartbeats come at the interval of the terms, also while it drains`() async throws {
        let attempts = HandDrivenAttempts()
        let clock = ManualClock()
        let worker = Worker(
            configuration: WorkerConfiguration(name: "w1", slots: 1, kinds: [.native], clock: clock.clock),
            runner: attempts, logger: .silent)
        let (link, end) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run(over: link) }
            _ = await end.receive()
            await end.send(.welcome(Welcome(epoch: 1, terms: Self.terms)))
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 1)))
            await end.send(.grant(LeaseGrant(leases: [.sample(1)], assignments: [.sample()])))
            await attempts.started(1)
            for number in [1, 2] as [Int64] {
                await clock.sleeping()
                clock.advance(by: .milliseconds(1_999))
                clock.advance(by: .milliseconds(1))
                #expect(await end.receive() == .heartbeat(Heartbeat(number: number)))
            }
            worker.drain()
            #expect(await end.receive() == .heartbeat(Heartbeat(number: 3, isDraining: true)))
            await clock.sleeping()
            clock.advance(by: .seconds(2))
            #expect(await end.receive() == .heartbeat(Heartbeat(number: 4, isDraining: true)))
            end.close()
            try await group.waitForAll()
        }
    }

    @Test func `a refusal is thrown, and what runs is ended`() async throws {
        let error = await #expect(throws: Refusal.self) {
            try await withWorker { bench in
                await bench.welcome()
                await bench.grant([.sample(1)])
                await bench.attempts.started(1)
                await bench.end.send(.refusal(Refusal(code: "outOfTurn", message: "no")))
                await bench.attempts.state.until { $0.running.isEmpty }
            }
        }
        #expect(error?.code == "outOfTurn")
    }

    @Test func `a link that breaks ends the attempts and the worker`() async throws {
        try await withWorker { bench in
            await bench.welcome()
            await bench.grant(Lease.samples(1...2))
            await bench.attempts.started(2)
            bench.end.close()
            await bench.attempts.state.until { $0.running.isEmpty }
        }
    }

    @Test func `cancelling a worker ends its attempts and closes the link`() async throws {
        let attempts = HandDrivenAttempts()
        let worker = Worker(
            configuration: WorkerConfiguration(name: "w1", slots: 1, kinds: [.native], clock: ManualClock().clock),
            runner: attempts, logger: .silent)
        let (link, end) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run(over: link) }
            await end.send(.welcome(Welcome(epoch: 1, terms: Self.terms)))
            await end.send(.grant(LeaseGrant(leases: [.sample(1)], assignments: [.sample()])))
            await attempts.started(1)
            group.cancelAll()
            while await end.receive() != nil {}
            try await group.waitForAll()
            #expect(attempts.state.value.running.isEmpty)
        }
    }

    @Test func `no more attempts run than there are slots, and every lease is reported once`() async throws {
        try await withWorker(slots: 7, areInstant: true) { bench in
            await bench.welcome()
            var next = 1
            var reported: [LeaseToken] = []
            while reported.count < 1_000 {
                switch await bench.end.receive() {
                case .leaseRequest(let request):
                    let count = min(request.want, 1_001 - next)
                    if count > 0 { await bench.grant(Lease.samples(next...(next + count - 1))) }
                    next += count
                case .report(let reports):
                    reported += reports.map(\.token)
                    await bench.end.send(
                        .verdicts(reports.map { ReportAnswer(token: $0.token, verdict: .applied) }))
                case let other: return #expect(other == nil, "an unexpected message")
                }
            }
            #expect(Set(reported).count == 1_000)
            #expect(bench.attempts.state.value.mostAtOnce <= 7)
        }
    }
}
