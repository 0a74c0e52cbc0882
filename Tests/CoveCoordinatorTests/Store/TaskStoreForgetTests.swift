// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// What every task store does with runs that are forgotten.
@Suite struct TaskStoreForgetTests {
    @Test(arguments: StoreKind.allCases)
    func `a forgotten run is gone, and the others are what they were`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(1, accounts: 0..<3)
        let other = try await store.plannedRun(2, accounts: 0..<3)
        let leases = try await store.grant(8, of: [run, other], now: .start)
        for lease in leases.prefix(5) { _ = try await store.settle(lease, .failed(.sample)) }
        try await store.stop(run, because: .cancelled)
        let record = try await store.run(other)
        let tasks = try await store.allTasks(of: other)
        let outcomes = try await store.allOutcomes(of: other)
        try await store.forget(run)
        for round in 1...2 {
            #expect(try await store.run(run) == nil, "round \(round)")
            if round == 1 {
                #expect(try await store.runs() == [record])
                #expect(try await store.allTasks(of: other) == tasks)
            }
            #expect(try await store.runs().map(\.id) == [other])
            #expect(try await store.allOutcomes(of: other) == outcomes)
            let error = await #expect(throws: StoreError.self) { _ = try await store.allTasks(of: run) }
            #expect(error?.code == .notFound)
            try await store.close()
            store = try await kind.open(place)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a token of a forgotten run is unknown, whatever it was before`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<3, regions: nil)
        let leases = try await store.grant(3, of: [run], now: .start)
        _ = try await store.settle(leases[0])
        _ = try await store.expire([leases[1].token], now: .start)
        // One that settled, one that is stale, one that holds its task.
        try await store.forget(run)
        for _ in 1...2 {
            for lease in leases {
                #expect(try await store.settle(lease) == SettlementResult(verdicts: [.unknown]))
                #expect(try await store.release(lease, .interrupted).verdicts == [.unknown])
                #expect(try await store.expire([lease.token], now: .start).verdicts == [.unknown])
            }
            try await store.close()
            store = try await kind.open(place)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `ids of forgotten tasks are never given to others`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        var highest = TaskID(0)
        for number in 1...4 {
            let run = try await store.plannedRun(number, accounts: 0..<3, regions: nil)
            let leases = try await store.grant(9, of: [run], now: .start)
            #expect(leases.allSatisfy { $0.token.task > highest }, "run \(number)")
            highest = leases.map(\.token.task).max() ?? highest
            try await store.forget(run)
            if number == 2 {
                try await store.close()
                store = try await kind.open(place)
            }
        }
        #expect(highest == TaskID(12))
    }

    @Test(arguments: StoreKind.allCases)
    func `the id of a forgotten run can be given to a new one`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        var run = try await store.plannedRun(accounts: 0..<3, regions: nil)
        let old = try #require(try await store.grant(1, of: [run], now: .start).first)
        try await store.stop(run, because: .cancelled)
        try await store.forget(run)
        run = try await store.plannedRun(accounts: 7..<9)
        #expect(try await store.run(run)?.stopReason == nil)
        #expect(try await store.run(run)?.accounts == 2)
        #expect(try await store.settle(old).verdicts == [.unknown])
        let leases = try await store.grant(9, of: [run], now: .start)
        #expect(leases.map(\.account) == [7, 8, 7, 8].map(Account.sample))
        #expect(leases.map(\.region?.rawValue) == ["eu-west-1", "eu-west-1", "us-east-1", "us-east-1"])
    }
}
