// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Planning beside running.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorPlanTests {
    private static let specification = RunSpecification.sample(regions: ["eu-west-1"])

    private func newRun(_ bench: CoordinatorBench) async throws -> RunID {
        let run = RunID.sample(1)
        try await bench.store.createRun(run, specification: Self.specification, createdAt: .start)
        try await bench.activate(run)
        return run
    }

    @Test func `tasks are leased while the organization is still being listed`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await newRun(bench)
        let settled = Watched(0)
        let directory = ScriptedDirectory(
            .init(pages: [Account.samples(0..<2), [], Account.samples(2..<4)]),
            beforePage: { page in await settled.until { $0 >= page } })
        try await bench.withWelcomedWorker { worker in
            await worker.ask(4)
            async let planning: Void = bench.coordinator.plan(run, Self.specification, directory: directory)
            for lease in try await worker.leases(2) {
                #expect(lease.run == run)
                await worker.report(lease)
                #expect(try await worker.verdicts() == [.applied])
                #expect(bench.coordinator.status(of: run)?.isCompleted == false, "more may come")
                settled.increment()
            }
            let rest = try await worker.leases(2)
            try await planning
            #expect(bench.coordinator.status(of: run)?.isCompleted == false)
            await worker.report(rest[0], rest[1])
            #expect(try await worker.verdicts() == [.applied, .applied])
            #expect(bench.coordinator.status(of: run)?.isCompleted == true)
        }
        let record = try #require(try await bench.store.run(run))
        #expect(record.callingAccount == Caller.sample.account && record.partition == "aws" && record.accounts == 4)
    }

    @Test func `a run whose tasks were all settled before the plan was finished is completed by it`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await newRun(bench)
        let settled = Watched(0)
        let directory = ScriptedDirectory(
            .init(pages: [Account.samples(0..<1), []]), beforePage: { page in await settled.until { $0 >= page } })
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            async let planning: Void = bench.coordinator.plan(run, Self.specification, directory: directory)
            await worker.report(try await worker.leases(1)[0])
            #expect(try await worker.verdicts() == [.applied])
            #expect(bench.coordinator.status(of: run)?.isCompleted == false)
            settled.increment()
            try await planning
            await bench.until(run) { $0.isOver }
        }
        #expect(try await bench.store.run(run)?.state == .completed)
    }

    @Test func `the partition of the specification is taken before the caller's`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await newRun(bench)
        var specification = Self.specification
        specification.partition = "aws-us-gov"
        try await bench.coordinator.plan(run, specification, directory: ScriptedDirectory(pages: [[1]]))
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            guard case .grant(let grant) = await worker.link.receive() else {
                throw HandDrivenWorker.Unexpected(message: nil)
            }
            #expect(grant.assignments.map(\.partition) == ["aws-us-gov"])
        }
        #expect(try await bench.store.run(run)?.partition == "aws-us-gov")
    }

    @Test func `a plan that fails keeps what it has found and is made again without doubles`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await newRun(bench)
        let pages = [Account.samples(0..<2), Account.samples(2..<4)]
        let broken = ScriptedDirectory(
            .init(pages: pages, accountsError: (1, .refusal("ServiceException", status: 500))))
        await #expect(throws: (any Error).self) {
            try await bench.coordinator.plan(run, Self.specification, directory: broken)
        }
        #expect(try await bench.counts(run).ready == 2)
        #expect(try await bench.store.run(run)?.state == .planning)
        try await bench.coordinator.plan(run, Self.specification, directory: ScriptedDirectory(.init(pages: pages)))
        #expect(try await bench.counts(run).ready == 4)
        #expect(try await bench.store.run(run)?.state == .planned)
    }

    @Test func `skipped accounts are recorded, accounts that nobody asked for are not`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await newRun(bench)
        var specification = Self.specification
        specification.selection.targets = [try #require(TargetID("ou-abcd-11111111"))]
        let directory = ScriptedDirectory(
            .init(
                pages: [[.sample(1), .sample(2, state: "SUSPENDED"), .sample(3, state: "SUSPENDED"), .sample(900)]],
                units: ["ou-abcd-11111111": ([[1, 2, 900]], [])]))
        try await bench.coordinator.plan(run, specification, directory: directory)
        #expect(
            try await bench.store.skippedAccounts(of: run)
                == [NotTargeted(.sample(2, state: "SUSPENDED"), .notActive("SUSPENDED"))])
        #expect(try await bench.counts(run).ready == 1)
    }

    @Test func `a plan that finds the disk full waits for room`() async throws {
        let calls: [InterposedStore.Call] = [.beginPlanning, .addTargets, .finishPlanning]
        let bench = try await CoordinatorBench(interposing: InterposedStore.full(calls, times: 2))
        let run = try await newRun(bench)
        async let planning: Void = bench.coordinator.plan(
            run, Self.specification, directory: ScriptedDirectory(pages: [[1, 2]]))
        for _ in 0..<6 {
            await bench.clock.sleeping()
            bench.clock.advance(by: .seconds(1))
        }
        try await planning
        #expect(try await bench.store.run(run)?.state == .planned)
        #expect(try await bench.counts(run).ready == 2)
    }
}
