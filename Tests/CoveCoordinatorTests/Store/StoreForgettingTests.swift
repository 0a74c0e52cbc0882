// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveCoordinator

/// How the SQLite store removes the rows of runs that are forgotten.
@Suite struct StoreForgettingTests {
    /// A run whose tasks are all settled, with results of a size.
    @discardableResult
    private func completedRun(
        _ number: Int, accounts: Int, resultBytes: Int = 100, in store: SQLiteTaskStore
    ) async throws -> RunID {
        let run = try await store.plannedRun(number, accounts: 0..<accounts)
        let result = JSONText(string: String(repeating: "r", count: resultBytes))
        while true {
            let leases = try await store.grant(4_096, of: [run], now: .start)
            if leases.isEmpty { return run }
            _ = try await store.settle(leases.map { $0.report(.succeeded(result)) }, worker: "w", now: .start)
        }
    }

    private func rows(of store: SQLiteTaskStore, _ sql: String) async throws -> Int64? {
        try await store.perform(kind: .read) { connection in
            try StoreStatement(sql, on: connection.connection).firstRow { $0.integer(0) }
        }
    }

    private static let allRows = """
        SELECT (SELECT count(*) FROM run) + (SELECT count(*) FROM progress) + (SELECT count(*) FROM stop)
            + (SELECT count(*) FROM account) + (SELECT count(*) FROM skipped) + (SELECT count(*) FROM task)
            + (SELECT count(*) FROM outcome) + (SELECT count(*) FROM forgotten)
        """

    @Test func `nothing of a forgotten run is left, and references are checked again`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(), createdAt: .start)
        let leftOut = (100..<110).map { NotTargeted(.sample($0), .ignored) }
        _ = try await store.addTargets(Account.samples(0..<20), skipped: leftOut, to: run)
        let leases = try await store.grant(30, of: [run], now: .start)
        for round in 1...3 {
            _ = try await store.settle(
                leases.prefix(10 * round).map { $0.report(.failed(.sample)) }, worker: "w", now: .start)
            _ = try await store.retry(run)
        }
        try await store.stop(run, because: .cancelled)
        try await store.forget(run)
        #expect(try await rows(of: store, Self.allRows) == 0)
        // The next transaction checks again.
        let other = try await store.plannedRun(2)
        #expect(try await rows(of: store, "PRAGMA foreign_keys") == 1)
        let error = await #expect(throws: StoreError.self) {
            try await store.perform { connection in
                try StoreDatabase.execute("DELETE FROM run", on: connection.connection)
            }
        }
        #expect(error?.message.contains("FOREIGN KEY") == true)
        #expect(try await store.counts(of: other)?.ready == 4)
        try await store.close()
        #expect(try StoredTables(of: place).rows("PRAGMA foreign_key_check") == [])
        #expect(try StoredTables(of: place).recounted == StoredTables(of: place).progress)
    }

    @Test func `rows go in slices that others' calls come between`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await completedRun(1, accounts: 6_000, in: store)
        let other = try await store.plannedRun(2, accounts: 0..<40)
        try await store.perform { try $0.beginForgetting(run, now: .start) }
        #expect(try await store.run(run) == nil)
        #expect(try await store.runs().map(\.id) == [other])
        var slices = 0
        while true {
            let (isMore, changes) = try await store.perform(kind: .removal) { connection in
                let before = connection.totalChanges
                return (try connection.removeForgotten(), connection.totalChanges - before)
            }
            #expect(changes <= StoreConnection.sliceLimit)
            if !isMore { break }
            slices += 1
            // Outcomes, tasks and accounts are 30,000 rows.
            if slices <= 7 {
                #expect(try await rows(of: store, Self.allRows) ?? 0 > 100)
                let lease = try #require(try await store.grant(1, of: [run, other], now: .start).first)
                #expect(try await store.settle(lease).verdicts == [.applied])
            }
        }
        #expect(slices >= 7)
        #expect(try await store.counts(of: other)?.succeeded == 7)
        try await store.close()
        #expect(try StoredTables(of: place).rows("SELECT count(DISTINCT run) FROM task") == [[1]])
        #expect(try StoredTables(of: place).recounted == StoredTables(of: place).progress)
    }

    @Test func `workers go on while a run is forgotten`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await completedRun(1, accounts: 6_000, in: store)
        let other = try await store.plannedRun(2, accounts: 0..<200)
        try await withThrowingTaskGroup { group in
            group.addTask { try await store.forget(run) }
            for worker in 0..<4 {
                group.addTask {
                    while true {
                        let leases = try await store.grant(7, of: [run, other], now: .start)
                        if leases.isEmpty { return }
                        _ = try await store.settle(leases.map { $0.report() }, worker: "w\(worker)", now: .start)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.run(other)?.state == .completed)
        #expect(try await store.allOutcomes(of: other, limit: 100).count == 400)
        try await store.close()
        #expect(try StoredTables(of: place).recounted == StoredTables(of: place).progress)
        #expect(try StoredTables(of: place).rows("PRAGMA foreign_key_check") == [])
    }

    @Test func `a run may be used and forgotten in one transaction`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun()
        let verdicts = try await store.perform { connection in
            let leases = try connection.grant(2, of: [GrantShare(run: run)], now: .start)
            try connection.beginForgetting(run, now: .start)
            return try connection.settle(leases.map { $0.report() }, worker: "w", now: .start).verdicts
        }
        #expect(verdicts == [.unknown, .unknown])
        try await store.forget(store.plannedRun())
        #expect(try await rows(of: store, Self.allRows) == 0)
    }

    @Test func `a slice is short when results are large`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await completedRun(1, accounts: 6, resultBytes: 12 * 1_024 * 1_024, in: store)
        try await store.perform { try $0.beginForgetting(run, now: .start) }
        _ = try await store.perform(kind: .removal) { try $0.removeForgotten() }
        #expect(try await rows(of: store, "SELECT count(*) FROM outcome") == 9)
        try await store.forget(store.plannedRun(2))
        #expect(try await rows(of: store, Self.allRows) == 0)
    }

    @Test(arguments: [0, 1, 4])
    func `a removal that was cut off is finished after the next opening`(slices: Int) async throws {
        let place = try TemporaryFolder()
        var store: SQLiteTaskStore? = try await .open(folder: place.path)
        let run = try await completedRun(1, accounts: 6_000, in: #require(store))
        _ = try await store?.plannedRun(2)
        try await store?.perform { try $0.beginForgetting(run, now: .start) }
        for _ in 0..<slices { _ = try await store?.perform(kind: .removal) { try $0.removeForgotten() } }
        // Abandoned, as by a process that ends.
        store = nil
        let again = try await SQLiteTaskStore.open(folder: place.path, mode: .existing)
        #expect(try await again.runs().map(\.id) == [.sample(2)])
        // Each call waits for what is under way, so this ends: the removal takes its turns between them.
        var calls = 0
        while try await rows(of: again, "SELECT count(*) FROM forgotten") != 0, calls < 1_000 { calls += 1 }
        #expect(calls < 1_000)
        // Two accounts, four tasks, run and progress.
        #expect(try await rows(of: again, Self.allRows) == 8)
        // Ids go on above those of the tasks that are gone.
        let next = try await again.plannedRun(3, accounts: 0..<1, regions: nil)
        #expect(try await again.grant(1, of: [next], now: .start).first?.token.task == TaskID(12_005))
    }

    @Test func `room of forgotten runs is used by later ones`() async throws {
        let place = try TemporaryFolder()
        var sizes: [Int] = []
        for round in 1...5 {
            let store = try await SQLiteTaskStore.open(folder: place.path)
            let run = try await completedRun(round, accounts: 2_000, in: store)
            try await store.forget(run)
            try await store.close()
            let attributes = try FileManager.default.attributesOfItem(atPath: StoreFolder(place.path).database)
            sizes.append(try #require(attributes[.size] as? Int))
        }
        #expect(sizes.allSatisfy { $0 * 20 < sizes[0] * 21 }, "\(sizes)")
    }

    @Test func `a run that cannot be read can be forgotten`() async throws {
        let place = try TemporaryFolder()
        var store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun()
        try await store.close()
        try StoredTables(of: place).execute("UPDATE run SET specification = 'x'")
        store = try await SQLiteTaskStore.open(folder: place.path)
        try await store.forget(run)
        #expect(try await rows(of: store, Self.allRows) == 0)
    }

    @Test func `a removal has a transaction of its own`() throws {
        let mailbox = StoreMailbox()
        let kinds: [StoreOperation.Kind] = [.write, .read, .removal, .removal, .write, .removal]
        for kind in kinds {
            _ = try mailbox.add(StoreOperation(kind: kind, weight: 1, run: { _ in { _ in } }, refuse: { _ in }))
        }
        var batches: [[StoreOperation.Kind]] = []
        while true {
            let batch = mailbox.next().map(\.kind)
            if batch.isEmpty { break }
            batches.append(batch)
        }
        #expect(batches == [[.write, .read], [.removal], [.removal], [.write], [.removal]])
    }
}
