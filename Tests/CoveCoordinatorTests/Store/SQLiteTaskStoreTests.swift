// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveCoordinator

/// What the SQLite store does beyond the rules of every store: its settings, its plans, its transactions.
@Suite struct SQLiteTaskStoreTests {
    @Test(arguments: [
        ("journal_mode", "wal"), ("synchronous", "2"), ("locking_mode", "exclusive"), ("wal_autocheckpoint", "4000"),
        ("journal_size_limit", "67108864"), ("foreign_keys", "1"), ("temp_store", "2"),
        ("application_id", "1131378277"),
        ("user_version", "3"), ("integrity_check", "ok"),
    ])
    func `the connection has the settings of a durable store`(name: String, value: String) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        try await store.plannedRun()
        let found = try await store.perform { connection in
            try StoreStatement("PRAGMA \(name)", on: connection.connection).firstRow { $0.text(0) }.flatMap { $0 }
        }
        #expect(found == value)
        #expect(!FileManager.default.fileExists(atPath: StoreFolder(place.path).database + "-shm"))
    }

    @Test(arguments: [
        (StoreStatements.readyTasks, "SEARCH task USING INDEX task_ready (run=? AND region=? AND rowid>?)"),
        (StoreStatements.leaseTask, "SEARCH task USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            StoreStatements.deferredTasks,
            "SEARCH task USING INDEX task_deferred (run=? AND region=? AND not_before>?)"
        ),
        (
            StoreStatements.promoteTasks,
            "SEARCH task USING INDEX task_deferred (run=? AND region=? AND not_before>? AND not_before<?)"
        ),
        (StoreStatements.promoteTasks, "SEARCH task USING INTEGER PRIMARY KEY (rowid=?)"),
        (
            StoreStatements.promoteFutureTasks,
            "SEARCH task USING INDEX task_deferred (run=? AND region=? AND not_before>?)"
        ),
        (
            StoreStatements.leasedTasks,
            "SEARCH task USING INDEX sqlite_autoindex_task_1 (run=? AND (account,region)>(?,?))"
        ),
        (
            StoreStatements.taskPage,
            "SEARCH task USING INDEX sqlite_autoindex_task_1 (run=? AND (account,region)>(?,?))"
        ),
        (StoreStatements.taskPage, "SEARCH outcome USING INTEGER PRIMARY KEY (rowid=?)"),
        (StoreStatements.outcomePage, "SEARCH outcome USING INDEX outcome_of_run (run=? AND rowid>?)"),
        (StoreStatements.outcomePage, "SEARCH task USING INTEGER PRIMARY KEY (rowid=?)"),
    ])
    func `hot statements search, and neither scan nor sort`(statement: String, step: String) async throws {
        try await check(statement, step, kind: .write)
    }

    @Test(arguments: [
        (StoreStatements.forgottenOutcomes, "SEARCH outcome USING INDEX outcome_of_run (run=?)"),
        (StoreStatements.deleteOutcomes, "SEARCH outcome USING INDEX outcome_of_run (run=? AND rowid<?)"),
        (StoreStatements.deleteTasks, "SEARCH task USING COVERING INDEX sqlite_autoindex_task_1 (run=?)"),
        (StoreStatements.deleteAccounts, "SEARCH account USING PRIMARY KEY (run=? AND ordinal<?)"),
        (StoreStatements.deleteSkipped, "SEARCH skipped USING PRIMARY KEY (run=? AND ordinal<?)"),
    ])
    func `statements that remove a run search too, in a transaction for removals`(statement: String, step: String)
        async throws
    {
        try await check(statement, step, kind: .removal)
    }

    /// Checks that a statement's plan has a step, and neither a scan nor a sort.
    private func check(_ statement: String, _ step: String, kind: StoreOperation.Kind) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let plan = try await store.perform(kind: kind) { connection in
            var steps: [String] = []
            try StoreStatement("EXPLAIN QUERY PLAN " + statement, on: connection.connection).forEachRow { row in
                steps.append(row.text(3) ?? "")
                return true
            }
            return steps
        }
        #expect(plan.contains { $0.hasPrefix(step) }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(plan)")
    }

    @Test func `a store that was abandoned without closing opens again with what was committed`() async throws {
        let place = try TemporaryFolder()
        var store: SQLiteTaskStore? = try await .open(folder: place.path)
        let run = try #require(try await store?.plannedRun())
        let leases = try #require(try await store?.grant(2, of: [run], now: .start))
        _ = try await store?.settle(leases[0])
        store = nil
        let again = try await SQLiteTaskStore.open(folder: place.path, mode: .existing)
        #expect(again.epoch == 2)
        #expect(try await again.allOutcomes(of: run).map(\.id) == [leases[0].token.task])
        #expect(try await again.counts(of: run)?.ready == 3)
    }

    @Test func `every call of a closed store fails, and closing again does nothing`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun()
        try await store.close()
        try await store.close()
        let error = await #expect(throws: StoreError.self) { _ = try await store.run(run) }
        #expect(error?.code == .closed)
        let other = await #expect(throws: StoreError.self) { _ = try await store.grant(1, of: [run], now: .start) }
        #expect(other?.code == .closed)
    }

    @Test func `calls that were made before closing are answered`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun(accounts: 0..<100, regions: nil)
        let answered = await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { (try? await store.grant(1, of: [run], now: .start))?.count ?? 0 }
            }
            group.addTask {
                try? await store.close()
                return 0
            }
            return await group.reduce(0, +)
        }
        #expect(try StoredTables(of: place).rows("SELECT count(*) FROM task WHERE state = 1") == [[answered]])
    }

    @Test func `calls that wait together share transactions and none fails for another`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun(accounts: 0..<200, regions: nil)
        let codes = await withTaskGroup { group in
            for number in 0..<200 {
                group.addTask { () -> StoreError.Code? in
                    do {
                        if number.isMultiple(of: 4) {
                            try await store.createRun(
                                run, specification: .sample(isAtMostOnce: true), createdAt: .start)
                        } else if let lease = try await store.grant(1, of: [run], now: .start).first {
                            _ = try await store.settle(lease)
                        }
                        return nil
                    } catch { return (error as? StoreError)?.code ?? .failed }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == .conflict } == 50)
        #expect(codes.count { $0 == nil } == 150)
        #expect(try await store.counts(of: run)?.succeeded == 150)
        try await store.close()
        #expect(try StoredTables(of: place).recounted == StoredTables(of: place).progress)
    }

    @Test func `a call that fails after it wrote is undone, and its neighbours are done`() async throws {
        struct Broken: Error {}
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun(accounts: 0..<40, regions: nil)
        let granted = await withTaskGroup { group in
            for number in 0..<40 {
                group.addTask {
                    let leases = try? await store.perform { connection in
                        let leases = try connection.grant(1, of: [GrantShare(run: run)], now: .start)
                        if number.isMultiple(of: 2) { throw Broken() }
                        return leases
                    }
                    return leases?.count ?? 0
                }
            }
            return await group.reduce(0, +)
        }
        #expect(granted == 20)
        #expect(try await store.counts(of: run)?.leased == 20)
        try await store.close()
        #expect(try StoredTables(of: place).recounted == StoredTables(of: place).progress)
    }

    @Test func `a full disk fails what did not fit and the store goes on`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun(accounts: 0..<4, regions: nil)
        let error = await #expect(throws: StoreError.self) {
            try await store.perform { connection in
                _ = try connection.grant(2, of: [GrantShare(run: run)], now: .start)
                throw SQLiteFailure(code: 13, message: "database or disk is full")
            }
        }
        #expect(error?.code == .full)
        #expect(try await store.counts(of: run)?.leased == 0)
        #expect(try await store.grant(2, of: [run], now: .start).map(\.token.generation) == [1, 1])
    }

    @Test(arguments: [Int32(10 | 4 << 8), 11])
    func `after a failure of the disk nothing more is acknowledged`(code: Int32) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await store.plannedRun()
        let error = await #expect(throws: StoreError.self) {
            try await store.perform { _ in throw SQLiteFailure(code: code, message: "disk I/O error") }
        }
        #expect(error?.code == .failed)
        for _ in 1...2 {
            let later = await #expect(throws: StoreError.self) { _ = try await store.grant(1, of: [run], now: .start) }
            #expect(later?.code == .failed)
        }
        try await store.close()
    }
}
