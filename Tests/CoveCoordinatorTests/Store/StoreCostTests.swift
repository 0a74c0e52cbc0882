// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import GRDBSQLite
import Testing

@testable import CoveCoordinator

/// What calls cost as a store grows, in steps of SQLite's machine rather than in time.
@Suite struct StoreCostTests {
    /// Counts the steps of the statements that `body` runs.
    private func steps(
        _ store: SQLiteTaskStore, _ body: @escaping @Sendable (StoreConnection) throws -> Void
    ) async throws -> Int {
        try await store.perform { connection in
            let count = UnsafeMutablePointer<Int>.allocate(capacity: 1)
            count.initialize(to: 0)
            defer { count.deallocate() }
            sqlite3_progress_handler(
                connection.connection, 1,
                { count in
                    count?.assumingMemoryBound(to: Int.self).pointee += 1
                    return 0
                }, count)
            defer { sqlite3_progress_handler(connection.connection, 0, nil, nil) }
            try body(connection)
            return count.pointee
        }
    }

    private func store(
        _ place: TemporaryFolder, accounts: Int, regions: Int
    ) async throws -> (store: SQLiteTaskStore, run: RunID) {
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let names = (0..<regions).map { "region-\($0)" }
        let run = try await store.plannedRun(accounts: 0..<accounts, regions: names)
        return (store, run)
    }

    @Test func `a grant for a region costs the same whatever waits in others, also when the region is exhausted`()
        async throws
    {
        var costs: [[Int]] = []
        for accounts in [200, 2_000] {
            let place = try TemporaryFolder()
            let (store, run) = try await store(place, accounts: accounts, regions: 17)
            // What is deferred elsewhere, and due, is not walked over either.
            let deferred = try await store.grant(.max, of: run, regions: [0, 1])
            _ = try await store.release(deferred.map { $0.release(.throttled(.sample)) }, now: .start)
            let left = try await store.grant(.max, of: run, regions: [8]).dropLast(150)
            _ = try await store.settle(left.map { $0.report() }, worker: "w", now: .start)
            let back = try await store.allTasks(of: run, in: [.leased], limit: 1_000)
            #expect(back.count == 150)
            let tokens = back.map {
                LeaseRelease(token: LeaseToken(task: $0.id, epoch: 1, generation: 1), reason: .notStarted)
            }
            _ = try await store.release(tokens, now: .start)
            var cost: [Int] = []
            // The fourth finds the region exhausted.
            for expected in [50, 50, 50, 0] {
                cost.append(
                    try await steps(store) { connection in
                        let share = GrantShare(run: run, regions: [8])
                        let leases = try connection.grant(50, of: [share], now: .after(60))
                        #expect(leases.count == expected)
                    })
            }
            costs.append(cost)
        }
        // The first call looks once at what is deferred.
        for (small, large) in zip(costs[0].dropFirst(), costs[1].dropFirst()) {
            #expect(abs(large - small) <= small / 10 + 5, "\(costs)")
        }
        #expect(costs[1][3] < 30, "\(costs)")
    }

    @Test func `a grant of all regions reads little more than it leases`() async throws {
        let place = try TemporaryFolder()
        let (store, run) = try await store(place, accounts: 500, regions: 17)
        let one = try await self.store(TemporaryFolder(), accounts: 500, regions: 1)
        let cost = try await steps(store) { connection in
            let leases = try connection.grant(100, of: [GrantShare(run: run)], now: .start)
            #expect(leases.count == 100)
        }
        let plain = try await steps(one.store) { connection in
            let leases = try connection.grant(100, of: [GrantShare(run: one.run)], now: .start)
            #expect(leases.count == 100)
        }
        #expect(cost <= 3 * plain, "\(cost), \(plain)")
    }

    @Test func `a thousand runs that are complete cost the one under way nothing`() async throws {
        var costs: [Int] = []
        for others in [1, 1_000] {
            let place = try TemporaryFolder()
            var store = try await SQLiteTaskStore.open(folder: place.path)
            for first in stride(from: 0, to: others, by: 250) {
                try await store.perform { connection in
                    for number in first..<min(first + 250, others) {
                        try Self.complete(.sample(number), on: connection)
                    }
                }
            }
            let run = try await store.plannedRun(5_000, accounts: 0..<50)
            try await store.close()
            store = try await SQLiteTaskStore.open(folder: place.path)
            let counts = try await store.runs().map(\.counts)
            #expect(counts.count == others + 1)
            #expect(counts.allSatisfy { $0.total == ($0.succeeded == 1 ? 1 : 100) })
            #expect(try await store.perform(kind: .read) { $0.memory.counts.runs } <= 1, "a list fills no memory")
            costs.append(
                try await steps(store) { connection in
                    let leases = try connection.grant(20, of: [GrantShare(run: run)], now: .start)
                    let result = try connection.settle(leases.map { $0.report() }, worker: "w", now: .start)
                    #expect(result.verdicts.count == 20)
                })
        }
        #expect(costs[0] == costs[1])
    }

    @Test func `what is remembered of runs and accounts is bounded`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let text = try Self.text(of: .sample())
        try await store.perform { connection in
            for number in 0..<3_000 {
                try connection.createRun(.sample(number), specification: .sample(), text: text, createdAt: .start)
            }
        }
        // Calls that only read remember runs too, and may be all that come.
        for number in 0..<3_000 { #expect(try await store.run(.sample(number))?.specification == .sample()) }
        let run = try await store.plannedRun(9_000, accounts: 0..<20_000, regions: nil)
        var cursor = TaskCursor.start
        var seen = 0
        while true {
            let page = try await store.tasks(of: run, in: TaskState.allCases, after: cursor, limit: 4_096)
            if page.tasks.isEmpty { break }
            seen += page.tasks.count
            cursor = page.next
        }
        #expect(seen == 20_000)
        let counts = try await store.perform(kind: .read) { $0.memory.counts }
        #expect(counts.runs <= 1_026)
        #expect(counts.accounts <= 16_384)
    }

    private static func text(of specification: RunSpecification) throws -> [UInt8] {
        Array(try JSONEncoder().encode(specification))
    }

    private static func complete(_ run: RunID, on connection: StoreConnection) throws {
        let specification = RunSpecification.sample(regions: nil)
        try connection.createRun(run, specification: specification, text: text(of: specification), createdAt: .start)
        _ = try connection.addTargets([.sample(1)], skipped: [], to: run)
        try connection.finishPlanning(run)
        let leases = try connection.grant(1, of: [GrantShare(run: run)], now: .start)
        _ = try connection.settle(leases.map { $0.report() }, worker: "w", now: .start)
    }
}
