// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// A coordinator over a real store, and a worker's end of a link that says what the test says.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorServeTests {
    // MARK: Greeting

    @Test func `a worker that says hello is told the terms and the epoch`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        try await bench.withWorker { worker in
            await worker.hello()
            let welcome = try await worker.welcome()
            #expect(welcome.terms == LeaseTerms(ttl: .seconds(8)))
            #expect(welcome.epoch == bench.store.epoch)
        }
    }

    @Test(arguments: [
        WorkerMessage.heartbeat(Heartbeat(number: 1)), .leaseRequest(LeaseRequest(want: 1)), .report([]), .goodbye,
    ])
    func `whoever does not say hello first is refused`(_ message: WorkerMessage) async throws {
        let bench = try await CoordinatorBench()
        try await bench.withWorker { worker in
            await worker.link.send(message)
            let refusal = try await worker.refusal()
            #expect(refusal.code == "outOfTurn")
            #expect(await worker.link.receive() == nil)
        }
    }

    @Test func `a second hello is refused`() async throws {
        let bench = try await CoordinatorBench()
        try await bench.withWelcomedWorker { worker in
            await worker.hello()
            let refusal = try await worker.refusal()
            #expect(refusal.message.contains("twice"))
            #expect(await worker.link.receive() == nil)
        }
    }

    @Test func `a link that closes before hello is served to its end`() async throws {
        let bench = try await CoordinatorBench()
        try await bench.withWorker { $0.link.close() }
    }

    @Test func `cancelling the serving before hello closes the link`() async throws {
        let bench = try await CoordinatorBench()
        let (worker, end) = HandDrivenWorker.End.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.coordinator.serve(end) }
            group.cancelAll()
            #expect(await worker.receive() == nil)
            try await group.waitForAll()
        }
    }

    // MARK: Granting

    @Test func `nothing is granted before it is asked for, and no more than was asked for`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<10)
        try await bench.withWelcomedWorker { worker in
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == 0)
            await worker.ask(3)
            let leases = try await worker.leases(3)
            #expect(leases.map(\.account) == Account.samples(0..<3))
            #expect(leases.allSatisfy { $0.run == run && $0.region?.rawValue == "eu-west-1" && $0.attempt == 1 })
            await worker.report(leases[0])
            #expect(try await worker.verdicts() == [.applied], "a report is no credit")
            await worker.ask(2)
            #expect(try await worker.leases(2).map(\.account) == Account.samples(3..<5))
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == 4)
        }
    }

    @Test func `a grant comes with what is to be known of its run, once`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            guard case .grant(let grant) = await worker.link.receive() else {
                throw HandDrivenWorker.Unexpected(message: nil)
            }
            let specification = RunSpecification.sample()
            #expect(
                grant.assignments == [
                    RunAssignment(
                        run: run, function: specification.function, role: specification.role, partition: "aws",
                        taskTimeoutSeconds: 60)
                ])
        }
    }

    @Test func `grants begin when the run is taken up`() async throws {
        let bench = try await CoordinatorBench()
        try await bench.store.plannedRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(4)
            try await worker.caughtUp()
            #expect(try await bench.counts(.sample(1)).leased == 0)
            try await bench.store.createRun(.sample(2), specification: .sample(), createdAt: .start)
            try await bench.store.beginPlanning(.sample(2), callingAccount: Caller.sample.account, partition: "aws-cn")
            _ = try await bench.store.addTargets(Account.samples(0..<1), skipped: [], to: .sample(2))
            try await bench.activate(.sample(2))
            let leases = try await worker.leases(2)
            #expect(leases.allSatisfy { $0.run == .sample(2) }, "the run that was not taken up is left alone")
        }
    }

    @Test func `a worker is granted only the kinds of function that it allows`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWorker { worker in
            await worker.hello(kinds: [.native])
            _ = try await worker.welcome()
            await worker.ask(2)
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == 0)
        }
    }

    @Test func `two workers share a run without sharing a task`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<300)
        @Sendable func work(_ name: String) async throws -> [TaskID] {
            try await bench.withWelcomedWorker(name) { worker in
                var done: [TaskID] = []
                while done.count < 150 {
                    await worker.ask(10)
                    for lease in try await worker.leases(10) {
                        done.append(lease.token.task)
                        await worker.report(lease)
                        #expect(try await worker.verdicts() == [.applied])
                    }
                }
                await worker.link.send(.goodbye)
                return done
            }
        }
        async let first = work("w1")
        async let second = work("w2")
        let done = try await first + second
        #expect(Set(done).count == 300)
        #expect(try await bench.counts(run).succeeded == 300)
        #expect(bench.coordinator.status(of: run)?.isOver == true)
        let workers = try await bench.store.allTasks(of: run, limit: 100).compactMap(\.worker)
        #expect(workers.filter { $0 == "w1" }.count == 150)
    }

    // MARK: Settling

    @Test func `verdicts come in the order of the reports`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<3)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(3)
            let leases = try await worker.leases(3)
            var old = leases[2]
            old.token = LeaseToken(task: old.token.task, epoch: old.token.epoch, generation: 0)
            await worker.report(leases[1], leases[0], leases[1], old)
            #expect(try await worker.verdicts() == [.applied, .applied, .duplicate, .stale])
            await worker.report(leases[0], as: .failed(.sample))
            #expect(try await worker.verdicts() == [.duplicate])
            let counts = try await bench.counts(run)
            #expect(counts.succeeded == 2 && counts.leased == 1 && counts.failed == 0)
        }
    }

    @Test func `the last report completes the run and tells its watchers`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(2)
            let leases = try await worker.leases(2)
            #expect(bench.coordinator.status(of: run)?.leasesOut == 2)
            async let over: Void = bench.until(run) { $0.isOver }
            await worker.report(leases[0], leases[1])
            #expect(try await worker.verdicts() == [.applied, .applied])
            await over
            let status = try #require(bench.coordinator.status(of: run))
            #expect(status.isCompleted && status.leasesOut == 0 && status.stopReason == nil)
        }
    }

    @Test func `a lease that is given back is granted again`() async throws {
        let grants = Watched(0)
        let bench = try await CoordinatorBench(
            interposing: { InterposedStore($0, after: { if $0 == .grant { grants.increment() } }) })
        let run = try await bench.activeRun(accounts: 0..<1)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            let first = try await worker.leases(1)
            await worker.ask(1)
            // The store has nothing for it now; only the release can make the link look again.
            await grants.until { $0 == 2 }
            await worker.release(first, .notStarted)
            let second = try await worker.leases(1)
            #expect(second[0].token.task == first[0].token.task)
            #expect(second[0].token.generation == first[0].token.generation + 1)
            #expect(second[0].attempt == 1, "what was never started is not charged")
            await worker.report(first[0])
            await worker.report(second[0])
            #expect(try await worker.verdicts() == [.stale])
            #expect(try await worker.verdicts() == [.applied])
            #expect(try await bench.counts(run).succeeded == 1)
        }
    }

    @Test func `a throttled task waits until its time has come`() async throws {
        let bench = try await CoordinatorBench()
        _ = try await bench.activeRun(accounts: 0..<1)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(1)
                let first = try await worker.leases(1)
                await worker.ask(1)
                await worker.release(first, .throttled(.sample))
                try await worker.caughtUp()
                await bench.clock.advance(by: .seconds(1), times: 1)
                let second = try await worker.leases(1)
                #expect(second[0].attempt == 1)
            }
        }
    }

    @Test func `expired credentials of the caller stop the run and give its task back`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            let leases = try await worker.leases(1)
            await worker.ask(1)
            let more = try await worker.leases(1)
            await worker.release(leases, .callerCredentials(.sample))
            try await worker.caughtUp()
            #expect(bench.coordinator.status(of: run)?.stopReason == .callerCredentials(.sample))
            #expect(bench.coordinator.status(of: run)?.isOver == false, "the other attempt may go on")
            await worker.report(more[0])
            #expect(try await worker.verdicts() == [.applied])
            #expect(bench.coordinator.status(of: run)?.isOver == true)
            let counts = try await bench.counts(run)
            #expect(counts.ready == 1 && counts.succeeded == 1)
        }
    }
}
