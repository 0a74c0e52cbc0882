// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import GRDBSQLite

/// The store's one connection to SQLite, with its statements and what it remembers of runs.
///
/// Everything it does happens inside the transaction of whoever calls it, one caller at a time.
final class StoreConnection {
    let statements: StoreStatements
    /// The database's path, for errors.
    let path: String
    /// Half of every token that is granted; counted up by `open`.
    private(set) var epoch: Int64 = 0
    /// Where the next grant begins among its runs.
    var lastGranted: RunID?
    let connection: OpaquePointer
    private var runs: [RunID: StoredRun] = [:]
    private var runsByRow: [Int64: StoredRun] = [:]
    private var changedRuns: [StoredRun] = []
    private var workers: [String: Int64] = [:]

    /// How many runs and workers are remembered before all are forgotten.
    private static let memoryLimit = 1_024

    init(_ connection: OpaquePointer, path: String) throws(SQLiteFailure) {
        self.connection = connection
        self.path = path
        statements = try StoreStatements(on: connection)
    }

    // MARK: Transactions

    /// How many rows were changed since the connection was opened: tells whether a call has written.
    var totalChanges: Int64 { Int64(sqlite3_total_changes64(connection)) }

    /// The number of the row that was inserted last.
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(connection) }

    func begin() throws {
        // Between transactions only, so that nobody holds one of a run's two objects.
        if runs.count > Self.memoryLimit { forget() }
        try statements.begin.run()
    }

    /// Writes the counters of the runs that changed, and commits.
    func commit() throws {
        for run in changedRuns {
            let statement = statements.updateProgress
            let counts = run.progress.counts
            statement.bind(run.row, at: 1)
            statement.bind(run.progress.state.rawValue, at: 2)
            statement.bind(run.progress.accounts, at: 3)
            statement.bind(counts.ready, at: 4)
            statement.bind(counts.leased, at: 5)
            statement.bind(counts.succeeded, at: 6)
            statement.bind(counts.failed, at: 7)
            statement.bind(counts.roleNotAssumed, at: 8)
            try statement.run()
        }
        try statements.commit.run()
        for run in changedRuns { run.isChanged = false }
        changedRuns.removeAll(keepingCapacity: true)
    }

    /// Does `body` in a transaction of its own.
    func transaction(_ body: () throws -> Void) throws {
        try begin()
        do {
            try body()
            try commit()
        } catch {
            try? rollback()
            throw error
        }
    }

    /// Undoes the transaction, and forgets what was read in it.
    func rollback() throws(SQLiteFailure) {
        forget()
        // SQLite has rolled back by itself after some failures, a full disk among them.
        if sqlite3_get_autocommit(connection) == 0 { try statements.rollback.run() }
    }

    private func forget() {
        runs.removeAll()
        runsByRow.removeAll()
        changedRuns.removeAll()
        workers.removeAll()
    }

    // MARK: Epoch

    /// Counts the epoch up and notes who opened the store.
    func beginEpoch(writtenBy version: String, now: Timestamp) throws {
        let found = try StoreStatement("SELECT value FROM meta WHERE key = 'epoch'", on: connection).firstRow {
            $0.integer(0)
        }
        guard let found else {
            throw StoreError(.damaged, "\(path) has no epoch: restore it from a copy, or name another folder")
        }
        epoch = found + 1
        let write = try StoreStatement("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)", on: connection)
        write.bind("epoch", at: 1)
        write.bind(epoch, at: 2)
        try write.run()
        write.bind("opened", at: 1)
        write.bind(now.milliseconds, at: 2)
        try write.run()
        write.bind("written_by", at: 1)
        write.bind(version, at: 2)
        try write.run()
    }

    /// Writes the log back into the database file, so that the next opening finds nothing to recover.
    func checkpoint() throws {
        try StoreStatement("PRAGMA wal_checkpoint(TRUNCATE)", on: connection).run()
    }

    // MARK: Runs

    /// A run by its id; throws when there is none.
    func run(_ id: RunID) throws -> StoredRun {
        guard let run = try knownRun(id) else {
            throw StoreError(.notFound, "there is no run \(id) in \(path): `cove runs` lists those that are there")
        }
        return run
    }

    /// A run by its id; nil when there is none.
    func knownRun(_ id: RunID) throws -> StoredRun? {
        if let run = runs[id] { return run }
        statements.runByKey.bind(id.rawValue, at: 1)
        return try statements.runByKey.firstRow(readRun).map(remember)
    }

    /// A task's run.
    func run(ofRow row: Int64) throws -> StoredRun {
        if let run = runsByRow[row] { return run }
        statements.runByRow.bind(row, at: 1)
        guard let run = try statements.runByRow.firstRow(readRun) else {
            throw StoreError(.damaged, "\(path) has tasks of a run that is not there (\(row)): restore it from a copy")
        }
        return remember(run)
    }

    /// All runs, oldest first; those that are not in use are not remembered.
    func runRecords() throws -> [RunRecord] {
        var found: [RunRecord] = []
        try statements.allRuns.forEachRow { row in
            let run = try readRun(row)
            found.append((runs[run.id] ?? run).record)
            return true
        }
        return found
    }

    private func remember(_ run: StoredRun) -> StoredRun {
        runs[run.id] = run
        runsByRow[run.row] = run
        return run
    }

    /// Changes how far a run is; written when the transaction commits.
    func change(_ run: StoredRun, _ body: (inout RunProgress) -> Void) {
        body(&run.progress)
        guard !run.isChanged else { return }
        run.isChanged = true
        changedRuns.append(run)
    }

    private func readRun(_ row: StoreStatement) throws -> StoredRun {
        guard let key = row.text(1), let id = RunID(key) else {
            throw StoreError(.damaged, "\(path) has a run whose id is not one: found \"\(row.text(1) ?? "")\"")
        }
        let specification: RunSpecification
        do {
            specification = try JSONDecoder().decode(RunSpecification.self, from: Data(row.array(2) ?? []))
        } catch {
            throw StoreError(
                .damaged,
                "the specification of run \(id) in \(path) cannot be read (\(error)): the run was made by another version "
                    + "of cove, or the file is damaged")
        }
        var counts = RunCounts()
        for state in TaskState.allCases { counts[state] = Int(row.integer(8 + Int32(state.rawValue))) }
        return StoredRun(
            row: row.integer(0), id: id, specification: specification,
            createdAt: Timestamp(milliseconds: row.integer(3)),
            callingAccount: row.text(4).flatMap { AccountID($0) }, partition: row.text(5),
            progress: RunProgress(
                state: RunState(rawValue: Int(row.integer(6))) ?? .planning, accounts: Int(row.integer(7)),
                counts: counts))
    }

    // MARK: Workers

    /// A worker's number.
    func number(ofWorker name: String) throws -> Int64 {
        if let known = workers[name] { return known }
        statements.workerByName.bind(name, at: 1)
        var number = try statements.workerByName.firstRow { $0.integer(0) }
        if number == nil {
            statements.insertWorker.bind(name, at: 1)
            number = try statements.insertWorker.firstRow { $0.integer(0) }
        }
        guard let number else { throw StoreError(.failed, "\(path): a worker's row was not made") }
        if workers.count >= Self.memoryLimit { workers.removeAll() }
        workers[name] = number
        return number
    }
}
