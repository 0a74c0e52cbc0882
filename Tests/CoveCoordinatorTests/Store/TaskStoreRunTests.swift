// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// What every task store does with runs and their targets.
@Suite struct TaskStoreRunTests {
    @Test(arguments: StoreKind.allCases)
    func `a run is what it was created as, also after reopening`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        let run = RunID.sample(1)
        let calling = Account.sample(9).id
        var store = try await kind.open(place)
        try await store.createRun(run, specification: .sample(), createdAt: .start)
        #expect(try await store.run(run)?.callingAccount == nil)
        try await store.beginPlanning(run, callingAccount: calling, partition: "aws-cn")
        for round in 1...2 {
            let record = try #require(try await store.run(run))
            #expect(record.id == run, "round \(round)")
            #expect(record.specification == .sample())
            #expect(record.state == .planning)
            #expect(record.createdAt == .start)
            #expect(record.callingAccount == calling)
            #expect(record.partition == "aws-cn")
            #expect(record.counts == RunCounts())
            #expect(record.accounts == 0)
            try await store.close()
            store = try await kind.open(place)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `runs are listed oldest first`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        for (number, second) in [(3, 30), (1, 10), (2, 20)] {
            try await store.createRun(.sample(number), specification: .sample(), createdAt: .after(Int64(second)))
        }
        #expect(try await store.runs().map(\.id) == [.sample(1), .sample(2), .sample(3)])
    }

    @Test(arguments: StoreKind.allCases)
    func `a run that is there with the same specification is left as it is`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun()
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        _ = try await store.settle(lease)
        let before = try await store.run(run)
        for _ in 1...2 {
            try await store.createRun(run, specification: .sample(), createdAt: .after(60))
            #expect(try await store.run(run) == before)
            #expect(try await store.runs().count == 1)
            try await store.close()
            store = try await kind.open(place)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a run of the same id that does something else is refused and the first stays`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun()
        let error = await #expect(throws: StoreError.self) {
            try await store.createRun(run, specification: .sample(regions: nil), createdAt: .start)
        }
        #expect(error?.code == .conflict)
        #expect(try await store.run(run)?.specification == .sample())
        #expect(try await store.counts(of: run)?.ready == 4)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run that is not there is nil, and not found where one is needed`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(7)
        #expect(try await store.run(run) == nil)
        for call in [
            { _ = try await store.addTargets([.sample(1)], skipped: [], to: run) },
            { try await store.finishPlanning(run) },
            { _ = try await store.retry(run) }, { try await store.stop(run, because: .cancelled) },
            { try await store.resume(run) }, { try await store.forget(run) },
            { _ = try await store.allTasks(of: run) }, { _ = try await store.allOutcomes(of: run) },
            { _ = try await store.skippedAccounts(of: run) },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: StoreError.self) { try await call() }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains(run.rawValue) == true)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `accounts become one task for each region and are added once`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(), createdAt: .start)
        #expect(try await store.addTargets([.sample(1), .sample(2), .sample(1)], skipped: [], to: run) == 4)
        #expect(try await store.addTargets([.sample(2), .sample(3)], skipped: [], to: run) == 2)
        #expect(try await store.addTargets([.sample(3)], skipped: [], to: run) == 0)
        let record = try #require(try await store.run(run))
        #expect(record.accounts == 3)
        #expect(record.counts.ready == 6)
        let tasks = try await store.allTasks(of: run)
        #expect(tasks.map(\.account) == [1, 1, 2, 2, 3, 3].map(Account.sample))
        #expect(tasks.map(\.region?.rawValue) == Array(repeating: ["eu-west-1", "us-east-1"], count: 3).flatMap { $0 })
    }

    @Test(arguments: StoreKind.allCases)
    func `leases take the regions of a page in turn`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(), createdAt: .start)
        _ = try await store.addTargets(Account.samples(0..<2), skipped: [], to: run)
        _ = try await store.addTargets(Account.samples(2..<4), skipped: [], to: run)
        let leases = try await store.grant(10, of: [run], now: .start)
        #expect(leases.map(\.account) == [0, 1, 0, 1, 2, 3, 2, 3].map(Account.sample))
        #expect(leases.map(\.region?.rawValue) == [0, 0, 1, 1, 0, 0, 1, 1].map { ["eu-west-1", "us-east-1"][$0] })
        #expect(leases.map(\.token.task) == leases.map(\.token.task).sorted())
    }

    @Test(arguments: StoreKind.allCases)
    func `a run without regions has a task an account without one`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(regions: nil)
        let leases = try await store.grant(10, of: [run], now: .start)
        #expect(leases.count == 2)
        #expect(leases.allSatisfy { $0.region == nil })
        #expect(try await store.allTasks(of: run).map(\.region) == [nil, nil])
    }

    @Test(arguments: StoreKind.allCases)
    func `accounts that are left out are listed once, with their reasons`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = RunID.sample(1)
        let leftOut = [
            NotTargeted(.sample(5), .notActive("SUSPENDED")), NotTargeted(.sample(1), .ignored),
            NotTargeted(Account(id: Account.sample(3).id), .callingAccount),
        ]
        try await store.createRun(run, specification: .sample(), createdAt: .start)
        _ = try await store.addTargets([.sample(2)], skipped: leftOut, to: run)
        // A crash while planning plans again.
        try await store.close()
        store = try await kind.open(place)
        _ = try await store.addTargets([.sample(2)], skipped: leftOut, to: run)
        #expect(try await store.skippedAccounts(of: run) == leftOut)
        // The organization may have changed in between: an account is a target or left out, not both.
        _ = try await store.addTargets([.sample(5)], skipped: [NotTargeted(.sample(2), .ignored)], to: run)
        #expect(try await store.skippedAccounts(of: run) == Array(leftOut.dropFirst()))
        #expect(try await store.run(run)?.accounts == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `targets are refused once planning is finished`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun()
        let error = await #expect(throws: StoreError.self) {
            _ = try await store.addTargets([.sample(50)], skipped: [], to: run)
        }
        #expect(error?.code == .conflict)
        #expect(try await store.run(run)?.accounts == 2)
        let other = await #expect(throws: StoreError.self) {
            try await store.beginPlanning(run, callingAccount: Account.sample(1).id, partition: "aws")
        }
        #expect(other?.code == .conflict)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run without targets is completed by the end of planning`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<0)
        #expect(try await store.run(run)?.state == .completed)
    }

    @Test(arguments: StoreKind.allCases)
    func `a run whose tasks settled while planning is completed by the end of planning`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(regions: nil), createdAt: .start)
        _ = try await store.addTargets([.sample(1)], skipped: [], to: run)
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(try await store.settle(lease).completedRuns == [])
        #expect(try await store.run(run)?.state == .planning)
        try await store.finishPlanning(run)
        #expect(try await store.run(run)?.state == .completed)
        try await store.finishPlanning(run)
        #expect(try await store.run(run)?.state == .completed)
    }

    @Test(arguments: StoreKind.allCases)
    func `the last outcome completes a planned run, once, and a retry reopens it`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<3, regions: nil)
        let leases = try await store.grant(3, of: [run], now: .start)
        #expect(try await store.settle(leases[0]).completedRuns == [])
        #expect(try await store.settle(leases[1], .failed(.sample)).completedRuns == [])
        #expect(try await store.run(run)?.state == .planned)
        let last = try await store.settle(leases[2], .roleNotAssumed(.sample))
        #expect(last.completedRuns == [run])
        #expect(try await store.run(run)?.state == .completed)
        #expect(try await store.settle(leases[2], .roleNotAssumed(.sample)).completedRuns == [])

        #expect(try await store.retry(run) == 2)
        #expect(try await store.run(run)?.state == .planned)
        #expect(try await store.retry(run) == 0)
        let again = try await store.grant(5, of: [run], now: .start)
        #expect(again.map(\.token.task) == [leases[1], leases[2]].map(\.token.task))
        #expect(again.map(\.token.generation) == [2, 2])
        #expect(again.map(\.attempt) == [2, 2])
        _ = try await store.settle(again[0])
        #expect(try await store.settle(again[1]).completedRuns == [run])
        #expect(try await store.retry(run) == 0)
        #expect(try await store.run(run)?.state == .completed)
        #expect(try await store.counts(of: run)?.succeeded == 3)
    }
}
