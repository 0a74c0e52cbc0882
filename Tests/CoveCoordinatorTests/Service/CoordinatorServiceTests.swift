// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// The life of runs in a service: submitted, planned, stopped, continued, forgotten.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorServiceTests {
    private static let specification = RunSpecification.sample(regions: ["eu-west-1"])
    private let run = RunID.sample(1)

    /// Runs a run's tasks to their end.
    private func work(_ bench: ServiceBench, _ tasks: Int, as outcome: Outcome = .succeeded(nil)) async throws {
        try await bench.withWelcomedWorker { worker in
            await worker.ask(tasks)
            for lease in try await worker.leases(tasks) {
                await worker.report(lease, as: outcome)
                #expect(try await worker.verdicts() == [.applied])
            }
        }
    }

    // MARK: Submitting

    @Test func `a run that is submitted is planned and run, and ceases to be remembered`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            try await work(bench, 2)
            let snapshot = try await bench.until(run) { $0.status.isOver && $0.record.state == .completed }
            #expect(snapshot.record.counts.succeeded == 2 && snapshot.record.callingAccount == Caller.sample.account)
            try await bench.until(run) { _ in bench.coordinator.status(of: run) == nil }
            #expect(bench.coordinator.change { $0.runs.isEmpty && $0.watcherCount == 0 })
        }
    }

    @Test func `memory does not grow with runs that are complete`() async throws {
        let bench = try await ServiceBench(directory: { _ in ScriptedDirectory(pages: [[1]]) })
        try await bench.whileRunning {
            for number in 1...30 {
                try await bench.service.submit(.sample(number), Self.specification)
                try await work(bench, 1)
                try await bench.until(.sample(number)) { _ in bench.coordinator.status(of: .sample(number)) == nil }
            }
            #expect(bench.coordinator.change { $0.runs.isEmpty && $0.watcherCount == 0 && $0.book.count == 0 })
        }
    }

    @Test func `a submission whose answer was lost can be repeated, also after the run's end`() async throws {
        let bench = try await ServiceBench(defaultRegion: "eu-central-1")
        let specification = RunSpecification.sample(regions: nil)
        try await bench.whileRunning {
            try await bench.service.submit(run, specification)
            try await bench.service.submit(run, specification)
            try await work(bench, 2)
            try await bench.until(run) { $0.status.isOver }
            try await bench.service.submit(run, specification)
            #expect(try await bench.store.run(run)?.state == .completed)
            #expect(try await bench.store.run(run)?.specification.defaultRegion?.rawValue == "eu-central-1")
            let failure = await bench.failure { try await bench.service.submit(run, Self.specification) }
            #expect(failure?.code == .conflict)
        }
    }

    @Test func `a submission is checked as a whole before anything is recorded`() async throws {
        let bench = try await ServiceBench()
        var specification = Self.specification
        specification.regions = []
        specification.selection.targets = []
        specification.slots = 0
        specification.taskTimeoutSeconds = -1
        specification.partition = "moon"
        specification.role.name = "no role!"
        specification.role.policyARNs = []
        specification.function = .exec(ProgramSpecification(program: "", arguments: ["a\0b"]))
        let failure = await bench.failure { try await bench.service.submit(run, specification) }
        #expect(failure?.code == .invalidRequest && failure?.problems.count == 9)
        #expect(try await bench.service.run(run) == nil)
        let plan = await bench.failure { _ = try await bench.service.plan(specification) }
        #expect(plan == failure)
    }

    @Test func `a call that no model could make right is refused`() async throws {
        let bench = try await ServiceBench()
        var specification = Self.specification
        specification.function = .call(
            CallSpecification(service: "", operation: "", isPaginated: false, pageSize: 1, maximumItems: 0))
        let failure = await bench.failure { try await bench.service.submit(run, specification) }
        #expect(failure?.code == .invalidRequest && failure?.problems.count == 4)
    }

    @Test func `a submission that finds the disk full is refused, and may be repeated`() async throws {
        let bench = try await ServiceBench(interposing: InterposedStore.full([.createRun], times: 1))
        try await bench.whileRunning {
            let failure = await bench.failure { try await bench.service.submit(run, Self.specification) }
            #expect(failure == RequestFailure(.unavailable, ["the disk is full"]))
            try await bench.service.submit(run, Self.specification)
            try await work(bench, 2)
        }
    }

    @Test func `a plan says who would be run and records nothing`() async throws {
        let bench = try await ServiceBench(
            defaultRegion: "eu-central-1",
            directory: { _ in
                ScriptedDirectory(.init(pages: [[.sample(1), .sample(2, state: "SUSPENDED"), .sample(900)]]))
            })
        let plan = try await bench.service.plan(.sample(regions: nil))
        #expect(plan.targets == [.sample(1)] && plan.regions.map(\.rawValue) == ["eu-central-1"])
        #expect(plan.callingAccount == Caller.sample.account && plan.partition == "aws")
        #expect(plan.leftOut.map(\.account.id) == [Account.sample(2).id, Account.sample(900).id])
        #expect(try await bench.service.runs().isEmpty)
    }

    // MARK: Planning

    @Test func `a plan that fails stops its run, durably, until it is resumed`() async throws {
        let attempts = Watched(0)
        let bench = try await ServiceBench(directory: { _ in
            attempts.increment()
            if attempts.value < 2 { throw InvalidRequest(["one", "two"]) }
            return ScriptedDirectory(pages: [[1, 2]])
        })
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            try await bench.until(run) { $0.record.stopReason == .invalidRequest(["one", "two"]) && $0.status.isOver }
            try await bench.service.resume(run)
            try await work(bench, 2)
            let snapshot = try await bench.until(run) { $0.record.state == .completed }
            #expect(snapshot.record.stopReason == nil && snapshot.status.stopReason == nil)
        }
    }

    @Test func `a run that is stopped is not planned further before it is resumed`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await ServiceBench(directory: { _ in
            ScriptedDirectory(
                .init(pages: [Account.samples(0..<1), Account.samples(1..<2)]),
                beforePage: { page in
                    guard page == 1 else { return }
                    reached.increment()
                    await gate.opened()
                })
        })
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            await reached.until { $0 == 1 }
            try await bench.service.cancel(run)
            try await bench.until(run) { _ in bench.coordinator.status(of: run) == nil }
            #expect(try await bench.store.run(run)?.stopReason == .cancelled)
            #expect(try await bench.store.run(run)?.state == .planning)
            gate.open()
            try await bench.service.resume(run)
            try await work(bench, 2)
            try await bench.until(run) { $0.record.state == .completed }
        }
    }

    // MARK: Stopping and going on

    @Test func `a run that is cancelled ends its attempts and can be resumed`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                try await bench.service.cancel(run)
                #expect(try await worker.cancelled() == Set(leases.map(\.token)))
                let forgotten = await bench.failure { try await bench.service.forget(run) }
                #expect(forgotten?.code == .conflict && forgotten?.problems[0].contains("2 attempts") == true)
                await worker.release(leases, .interrupted)
                try await bench.until(run) { $0.status.isOver }
                try await bench.service.cancel(run)
                #expect(try await bench.store.run(run)?.stopReason == .cancelled)
                await worker.ask(2)
                try await worker.caughtUp()
                try await bench.service.resume(run)
                try await bench.service.resume(run)
                let again = try await worker.leases(2)
                await worker.report(again[0], again[1])
                #expect(try await worker.verdicts() == [.applied, .applied])
            }
            try await bench.until(run) { $0.record.state == .completed }
            try await bench.service.resume(run)
            let failure = await bench.failure { try await bench.service.cancel(run) }
            #expect(failure?.code == .conflict, "it is complete")
        }
    }

    @Test func `a run that is complete can be tried again where it failed`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            try await work(bench, 2, as: .failed(.sample))
            try await bench.until(run) { _ in bench.coordinator.status(of: run) == nil }
            #expect(try await bench.service.retry(run) == 2)
            try await work(bench, 2)
            try await bench.until(run) { $0.record.state == .completed && $0.record.counts.succeeded == 2 }
            #expect(try await bench.service.retry(run) == 0)
            #expect(try await bench.store.run(run)?.state == .completed)
        }
    }

    @Test func `a first failure that stops a run is known after a restart`() async throws {
        let first = try await ServiceBench()
        var specification = Self.specification
        specification.raisesException = true
        try await first.whileRunning {
            try await first.service.submit(run, specification)
            try await first.until(run) { $0.record.state == .planned }
            try await work(first, 1, as: .failed(.sample))
        }
        try await first.store.close()
        let second = try await ServiceBench(in: first.folder)
        try await second.whileRunning {
            try await second.withWelcomedWorker { worker in
                await worker.ask(2)
                try await worker.caughtUp()
            }
            let task = try #require(try await second.store.allTasks(of: run).first { $0.state == .failed })
            let snapshot = try #require(try await second.service.snapshot(of: run, after: nil))
            #expect(snapshot.status.stopReason == .raisedException(task.id) && snapshot.status.isOver)
            #expect(snapshot.record.counts.ready == 1)
        }
    }

    @Test func `a stop holds at once although the disk is full, and is recorded when there is room`() async throws {
        let isFull = Watched(false)
        let bench = try await ServiceBench(interposing: { base in
            InterposedStore(
                base,
                before: { call in
                    if call == .stop, isFull.value { throw StoreError(.full, "the disk is full") }
                })
        })
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            try await bench.until(run) { $0.record.state == .planned }
            isFull.update { $0 = true }
            let failure = await bench.failure { try await bench.service.cancel(run) }
            #expect(failure?.code == .unavailable && failure?.problems[0].contains("make room") == true)
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                try await worker.caughtUp()
                await bench.clock.advance(by: .seconds(1), times: 3)
                #expect(try await bench.store.run(run)?.counts.leased == 0)
                #expect(try await bench.store.run(run)?.stopReason == nil)
                #expect(
                    bench.coordinator.status(of: run)?.stopReason == .cancelled, "it is remembered until it is recorded"
                )
            }
            isFull.update { $0 = false }
            await bench.clock.sleeping()
            bench.clock.advance(by: .seconds(1))
            try await bench.until(run) { $0.record.stopReason == .cancelled }
            try await bench.until(run) { _ in bench.coordinator.status(of: run) == nil }
        }
    }

    @Test func `a run that was resumed before its stop could be recorded goes on after a restart`() async throws {
        let first = try await ServiceBench(interposing: InterposedStore.full([.stop], times: 1))
        try await first.whileRunning {
            try await first.service.submit(run, Self.specification)
            try await first.until(run) { $0.record.state == .planned }
            _ = await first.failure { try await first.service.cancel(run) }
            try await first.service.resume(run)
            await first.clock.advance(by: .seconds(1), times: 2)
        }
        #expect(try await first.store.run(run)?.stopReason == nil)
        #expect(first.coordinator.status(of: run)?.stopReason == nil)
    }

    // MARK: Forgetting

    @Test func `only a run that is over can be forgotten`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            try await bench.service.submit(run, Self.specification)
            try await bench.until(run) { $0.record.state == .planned }
            let underWay = await bench.failure { try await bench.service.forget(run) }
            #expect(underWay?.code == .conflict && underWay?.problems[0].contains("cove cancel \(run)") == true)
            try await work(bench, 2)
            try await bench.until(run) { $0.record.state == .completed }
            try await bench.service.forget(run)
            #expect(try await bench.service.run(run) == nil)
            #expect(try await bench.service.snapshot(of: run, after: nil) == nil)
            #expect(bench.coordinator.status(of: run) == nil)
        }
    }

    @Test func `there is nothing to do with a run that is not there`() async throws {
        let bench = try await ServiceBench()
        let service = bench.service
        let requests: [@Sendable (RunID) async throws -> Void] = [
            { try await service.resume($0) }, { _ = try await service.retry($0) }, { try await service.cancel($0) },
            { try await service.forget($0) },
        ]
        for request in requests {
            let failure = await bench.failure { try await request(run) }
            #expect(failure?.code == .notFound)
        }
    }

    @Test func `a store that fails for good ends the service`() async throws {
        let bench = try await ServiceBench(interposing: { base in
            InterposedStore(
                base, before: { if $0 == .beginPlanning { throw StoreError(.failed, "the disk failed") } })
        })
        let error = await #expect(throws: StoreError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await bench.service.run() }
                try await bench.service.submit(run, Self.specification)
                try await group.next()
            }
        }
        #expect(error?.code == .failed)
    }
}
