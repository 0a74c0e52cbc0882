// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// How every task store grants within shares: of some regions, up to a limit.
@Suite struct TaskStoreShareTests {
    static let regions = ["eu-west-1", "us-east-1", "ap-south-1"]

    @Test(arguments: StoreKind.allCases)
    func `only tasks of the share's regions are leased, in the order of ids`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(regions: Self.regions), createdAt: .start)
        for page in [0..<2, 2..<5, 5..<6] {
            _ = try await store.addTargets(Account.samples(page), skipped: [], to: run)
        }
        let middle = try await store.grant(4, of: run, regions: [1])
        #expect(middle.map(\.account) == Account.samples(0..<4))
        #expect(middle.allSatisfy { $0.region?.rawValue == "us-east-1" })
        // The regions of an account come together, page by page.
        let outer = try await store.grant(8, of: run, regions: [0, 2])
        #expect(outer.map(\.account) == [0, 1, 0, 1, 2, 3, 4, 2].map(Account.sample))
        #expect(outer.map(\.region?.rawValue) == [0, 0, 2, 2, 0, 0, 0, 2].map { Self.regions[$0] })
        let rest = try await store.grant(99, of: run, regions: [0, 1, 2])
        #expect(rest.map(\.token.task) == rest.map(\.token.task).sorted())
        #expect(rest.count == 6)
        #expect(try await store.counts(of: run)?.leased == 18)
    }

    @Test(arguments: StoreKind.allCases)
    func `an exhausted region gives nothing and the others go on`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<3, regions: Self.regions)
        #expect(try await store.grant(99, of: run, regions: [2]).count == 3)
        #expect(try await store.grant(99, of: run, regions: [2]) == [])
        let leases = try await store.grant(99, of: run, regions: [2, 0])
        #expect(leases.map(\.region?.rawValue) == Array(repeating: "eu-west-1", count: 3))
        // What comes back is found again, in its region only.
        _ = try await store.release(leases[1], .notStarted)
        #expect(try await store.grant(99, of: run, regions: [2]) == [])
        #expect(try await store.grant(99, of: run, regions: [0, 2]).map(\.token.task) == [leases[1].token.task])
    }

    @Test(arguments: StoreKind.allCases)
    func `regions that a run does not have are no regions of it`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<2, regions: Self.regions)
        #expect(try await store.grant(9, of: run, regions: []) == [])
        #expect(try await store.grant(9, of: run, regions: [3, -1]) == [])
        #expect(try await store.grant(9, of: run, regions: [1, 7]).count == 2)
        let without = try await store.plannedRun(2, accounts: 0..<2, regions: nil)
        #expect(try await store.grant(9, of: without, regions: [1]) == [])
        let leases = try await store.grant(9, of: without, regions: [0])
        #expect(leases.map(\.region) == [nil, nil])
    }

    @Test(arguments: StoreKind.allCases)
    func `a share's limit holds, and what it leaves goes to the others`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        var runs: [RunID] = []
        for number in 1...3 { runs.append(try await store.plannedRun(number, accounts: 0..<9, regions: nil)) }
        func grant(_ limit: Int, _ limits: [Int]) async throws -> [Int] {
            let shares = zip(runs, limits).map { GrantShare(run: $0, limit: $1) }
            let leases = try await store.grant(limit, of: shares, now: .start)
            return runs.map { run in leases.count { $0.run == run } }
        }
        #expect(try await grant(9, [1, 2, .max]) == [1, 2, 6])
        #expect(try await grant(6, [0, -1, 2]) == [0, 0, 2])
        #expect(try await grant(.max, [.max, 1, 1]) == [8, 1, 1])
        #expect(try await grant(4, [4, 4, 4]) == [0, 4, 0])
    }

    @Test(arguments: StoreKind.allCases)
    func `tasks that are due are leased in their regions only, however many are due elsewhere`(kind: StoreKind)
        async throws
    {
        let store = try await kind.open(TemporaryFolder())
        // More than join the ready ones in one call.
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(regions: Self.regions), createdAt: .start)
        _ = try await store.addTargets(Account.samples(0..<5_000), skipped: [], to: run)
        let first = try await store.grant(.max, of: run, regions: [0])
        let last = try await store.grant(2, of: run, regions: [2])
        _ = try await store.release((first + last).map { $0.release(.throttled(.sample)) }, now: .start)
        #expect(try await store.grant(9, of: run, regions: [0]) == [])
        let due = Timestamp.after(60)
        #expect(try await store.grant(2, of: run, regions: [2], now: due).map(\.token.task) == last.map(\.token.task))
        #expect(try await store.grant(3, of: run, regions: [1], now: due).map(\.account) == Account.samples(0..<3))
        var found = 0
        for _ in 1...2 { found += try await store.grant(.max, of: run, regions: [0], now: due).count }
        #expect(found == 5_000)
    }

    @Test(arguments: StoreKind.allCases)
    func `a clock that was set back is noticed in every region`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: Self.regions)
        let leases = try await store.grant(3, of: [run], now: .start)
        _ = try await store.release(leases.map { $0.release(.throttled(.sample)) }, now: .start)
        #expect(try await store.grant(9, of: [run], now: .after(-30)) == [])
        #expect(try await store.grant(9, of: run, regions: [1], now: .after(-3_600)).count == 1)
        #expect(try await store.grant(9, of: [run], now: .after(-3_600)).count == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `tasks deferred before a reopening are due after it`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<1, regions: Self.regions)
        let lease = try #require(try await store.grant(1, of: run, regions: [1]).first)
        _ = try await store.release(lease, .throttled(.sample))
        try await store.close()
        store = try await kind.open(place)
        #expect(try await store.grant(9, of: run, regions: [1]) == [])
        #expect(try await store.grant(9, of: run, regions: [1], now: .after(1)).map(\.token.task) == [lease.token.task])
    }

    @Test(arguments: StoreKind.allCases)
    func `a run that is gone does not keep a grant from the others`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(1, accounts: 0..<1, regions: nil)
        let gone = try await store.plannedRun(2, accounts: 0..<1, regions: nil)
        try await store.forget(gone)
        #expect(try await store.grant(9, of: [.sample(7), gone, run], now: .start).map(\.run) == [run])
    }
}
