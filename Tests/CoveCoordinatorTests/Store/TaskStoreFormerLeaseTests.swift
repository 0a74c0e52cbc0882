// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// What every task store does with leases of former owners that are kept.
@Suite struct TaskStoreFormerLeaseTests {
    @Test(arguments: StoreKind.allCases)
    func `kept leases are listed, and settled, released and expired by their tokens`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(1, accounts: 0..<4, regions: nil)
        let other = try await store.plannedRun(2, accounts: 0..<2, regions: nil)
        let leases = try await store.grant(3, of: [run], now: .start)
        let others = try await store.grant(1, of: [other], now: .start)
        #expect(try await store.leasesOfFormerOwners() == [])
        try await store.close()

        store = try await kind.open(place, keepingLeases: true)
        #expect(store.epoch == leases[0].token.epoch + 1)
        let kept = (leases + others).map { FormerLease(token: $0.token, run: $0.run) }
        #expect(try await Set(store.leasesOfFormerOwners()) == Set(kept))
        // Leases of this owner are no former ones, and a leased task is not leased again.
        let new = try await store.grant(9, of: [run, other], now: .start)
        #expect(new.count == 2)
        #expect(new.allSatisfy { $0.token.epoch == store.epoch })
        #expect(try await store.leasesOfFormerOwners().count == 4)

        #expect(try await store.settle(leases[0]).verdicts == [.applied])
        #expect(try await store.settle(leases[0]).verdicts == [.duplicate])
        #expect(try await store.release(leases[1], .interrupted).verdicts == [.applied])
        #expect(try await store.expire([leases[2].token], now: .start).verdicts == [.applied])
        #expect(try await store.leasesOfFormerOwners() == others.map { FormerLease(token: $0.token, run: other) })
        let again = try await store.grant(9, of: [run], now: .start)
        #expect(again.map(\.token.task) == [leases[1], leases[2]].map(\.token.task))
        #expect(again.map(\.token.generation) == [2, 2])
        #expect(again.map(\.attempt) == [1, 2])
        #expect(try await store.settle(leases[1]).verdicts == [.stale])
    }

    @Test(arguments: StoreKind.allCases)
    func `leases may be kept by several owners in turn, and taken back by a later one`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<4, regions: nil)
        var leases: [Lease] = []
        for _ in 1...3 {
            leases += try await store.grant(1, of: [run], now: .start)
            try await store.close()
            store = try await kind.open(place, keepingLeases: true)
        }
        #expect(Set(leases.map(\.token.epoch)).count == 3)
        #expect(try await Set(store.leasesOfFormerOwners().map(\.token)) == Set(leases.map(\.token)))
        #expect(try await store.settle(leases[0]).verdicts == [.applied])
        try await store.close()
        store = try await kind.open(place)
        #expect(try await store.leasesOfFormerOwners() == [])
        #expect(try await store.allTasks(of: run).map(\.state) == [.succeeded, .ready, .ready, .ready])
        #expect(try await store.settle(leases[1]).verdicts == [.stale])
    }

    @Test(arguments: StoreKind.allCases)
    func `kept leases of an at-most-once run are not settled by the opening`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<2, regions: nil, isAtMostOnce: true)
        let leases = try await store.grant(2, of: [run], now: .start)
        try await store.close()
        store = try await kind.open(place, keepingLeases: true)
        #expect(try await store.counts(of: run)?.leased == 2)
        #expect(try await store.settle(leases[0]).verdicts == [.applied])
        #expect(try await store.release(leases[1], .interrupted).completedRuns == [run])
        #expect(try await store.allTasks(of: run).map(\.state) == [.succeeded, .failed])
    }

    @Test(arguments: StoreKind.allCases)
    func `former leases are found among many tasks`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<6_000)
        let leases = try await store.grant(6_001, of: [run], now: .start)
        _ = try await store.settle(leases.prefix(5_998).map { $0.report() }, worker: "w", now: .start)
        try await store.close()
        store = try await kind.open(place, keepingLeases: true)
        #expect(try await Set(store.leasesOfFormerOwners().map(\.token)) == Set(leases.suffix(3).map(\.token)))
    }
}
