// SPDX-License-Identifier: Apache-2.0

import CoveCore
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
    var memory = RunMemory()
    private var changedRuns: [StoredRun] = []
    private var workers: [String: Int64] = [:]
    /// The highest id that a task has or had; nil until it is asked for.
    private var highestTask: Int64?
    /// Whether SQLite checks foreign keys at the moment.
    private var isCheckingReferences = true

    /// How many workers are remembered before all are forgotten.
    private static let workerLimit = 1_024

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

    /// Forgets what is remembered when it is much: between transactions only, so that nobody holds one of a run's two objects.
    func trimMemory() {
        if memory.isFull { forget() }
    }

    /// Begins a transaction.
    ///
    /// - Parameter checkingReferences: whether SQLite checks foreign keys in it. Rows of a run that is forgotten are removed
    ///   without: for each task SQLite would walk over all outcomes, which have no index by task.
    func begin(checkingReferences: Bool = true) throws {
        if checkingReferences != isCheckingReferences {
            // SQLite ignores this setting inside a transaction.
            try StoreDatabase.execute("PRAGMA foreign_keys = \(checkingReferences ? "ON" : "OFF")", on: connection)
            isCheckingReferences = checkingReferences
        }
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
        memory.removeAll()
        changedRuns.removeAll()
        workers.removeAll()
        highestTask = nil
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

    /// Changes how far a run is; written when the transaction commits.
    func change(_ run: StoredRun, _ body: (inout RunProgress) -> Void) {
        body(&run.progress)
        guard !run.isChanged else { return }
        run.isChanged = true
        changedRuns.append(run)
    }

    /// Drops a run from memory, with what was to be written of it.
    func drop(row: Int64) {
        memory.remove(row: row)
        changedRuns.removeAll { $0.row == row }
    }

    // MARK: Ids of tasks

    /// The highest id that a task has or had in this store.
    func lastTask() throws -> Int64 {
        if let highestTask { return highestTask }
        let found = try statements.lastTask.firstRow { $0.integer(0) } ?? 0
        highestTask = found
        return found
    }

    /// An id that no task has or had.
    func nextTask() throws -> Int64 {
        let next = try lastTask() + 1
        highestTask = next
        return next
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
        if workers.count >= Self.workerLimit { workers.removeAll() }
        workers[name] = number
        return number
    }
}
