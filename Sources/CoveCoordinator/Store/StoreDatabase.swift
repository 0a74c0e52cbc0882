// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite

/// How the store's file is made and opened: SQLite's settings, and the checks that it is ours and whole.
enum StoreDatabase {
    /// Opens the one connection to a store's file.
    ///
    /// The settings are those of a durable single writer: exclusive locking first (no shared memory file, no second process),
    /// then write-ahead logging, then an fsync at every commit. They are read back, because SQLite ignores what it cannot do.
    static func open(_ path: String) throws -> DatabaseQueue {
        try connect(path) { connection in
            try Pragma.lockingMode.set(on: connection)
            try checkFormat(of: path, on: connection)
            for pragma in Pragma.all { try pragma.set(on: connection) }
            for pragma in Pragma.all { try pragma.check(on: connection, path) }
        }
    }

    /// Makes the tables in an empty file, in one transaction with a rollback journal, and closes it.
    static func make(_ path: String, writtenBy version: String) throws {
        let queue = try connect(path) { connection in
            try execute("PRAGMA synchronous = FULL", on: connection)
            try execute("BEGIN IMMEDIATE", on: connection)
            try execute("PRAGMA application_id = \(StoreSchema.applicationID)", on: connection)
            try applyVersions(above: 0, on: connection)
            let meta = try StoreStatement(
                "INSERT INTO meta(key, value) VALUES ('epoch', 0), ('made_by', ?1)", on: connection)
            meta.bind(version, at: 1)
            try meta.run()
            try execute("COMMIT", on: connection)
        }
        do { try queue.close() } catch let error as DatabaseError { throw SQLiteFailure(error).atOpening(path) }
    }

    /// Brings an older store to this version's tables, all of them or none.
    static func upgrade(_ connection: OpaquePointer) throws {
        let version = try version(on: connection)
        guard version < StoreSchema.versions.count else { return }
        try execute("BEGIN IMMEDIATE", on: connection)
        do {
            try applyVersions(above: version, on: connection)
            try execute("COMMIT", on: connection)
        } catch {
            if sqlite3_get_autocommit(connection) == 0 { try? execute("ROLLBACK", on: connection) }
            throw error
        }
    }

    private static func applyVersions(above version: Int, on connection: OpaquePointer) throws(SQLiteFailure) {
        for statements in StoreSchema.versions.dropFirst(version) {
            for statement in statements { try execute(statement, on: connection) }
        }
        try execute("PRAGMA user_version = \(StoreSchema.versions.count)", on: connection)
    }

    static func execute(_ sql: String, on connection: OpaquePointer) throws(SQLiteFailure) {
        try StoreStatement(sql, on: connection).run()
    }

    /// The version of the tables in the file.
    static func version(on connection: OpaquePointer) throws -> Int {
        Int(try StoreStatement("PRAGMA user_version", on: connection).firstRow { $0.integer(0) } ?? 0)
    }

    private static func connect(
        _ path: String, prepare: @escaping @Sendable (OpaquePointer) throws -> Void
    ) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "cove.store"
        // Another process is told by the lock; a connection of this process that is just closing is waited for.
        configuration.busyMode = .timeout(5)
        // GRDB would end the process when a rollback failed and left a transaction open; here that refuses further calls.
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { database in
            guard let connection = database.sqliteConnection else {
                throw SQLiteFailure(code: SQLITE_MISUSE, message: "there is no connection")
            }
            try prepare(connection)
        }
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError {
            throw SQLiteFailure(error).atOpening(path)
        } catch let failure as SQLiteFailure {
            throw failure.atOpening(path)
        }
    }

    private static func checkFormat(of path: String, on connection: OpaquePointer) throws {
        guard sqlite3_db_readonly(connection, "main") == 0 else {
            throw StoreError(
                .notAccessible, "\(path) can be read and not written: check the permissions of the file and its folder")
        }
        let application = try StoreStatement("PRAGMA application_id", on: connection).firstRow { $0.integer(0) } ?? 0
        let tables =
            try StoreStatement("SELECT count(*) FROM sqlite_master", on: connection).firstRow { $0.integer(0) } ?? 0
        guard application == StoreSchema.applicationID else {
            let found =
                tables == 0 ? "an empty database" : "a database of another program (application id \(application))"
            throw StoreError(
                .damaged,
                "\(path) is \(found): expected a store written by cove; restore the file, or name another folder")
        }
        let version = try version(on: connection)
        guard version > StoreSchema.versions.count else { return }
        let writer = try StoreStatement(
            "SELECT value FROM meta WHERE key IN ('written_by', 'made_by') ORDER BY key DESC", on: connection
        )
        .firstRow { $0.text(0) }
        throw StoreError(
            .newerVersion,
            "\(path) has format \(version), written by cove \(writer.flatMap { $0 } ?? "of an unknown version"): this cove knows "
                + "formats up to \(StoreSchema.versions.count); use that version or a newer one")
    }
}

/// A setting of SQLite's that the store depends on.
private struct Pragma: Sendable {
    let name: String
    let value: String
    /// What SQLite says when it is set.
    let reading: String

    static let lockingMode = Pragma(name: "locking_mode", value: "EXCLUSIVE", reading: "exclusive")

    static let all: [Pragma] = [
        lockingMode,
        Pragma(name: "journal_mode", value: "WAL", reading: "wal"),
        Pragma(name: "synchronous", value: "FULL", reading: "2"),
        // 16 MiB: larger checkpoints write fewer pages twice, smaller ones pause less.
        Pragma(name: "wal_autocheckpoint", value: "4000", reading: "4000"),
        Pragma(name: "journal_size_limit", value: "67108864", reading: "67108864"),
        Pragma(name: "cache_size", value: "-65536", reading: "-65536"),
        Pragma(name: "temp_store", value: "MEMORY", reading: "2"),
        Pragma(name: "foreign_keys", value: "ON", reading: "1"),
        // A no-op on Linux; on macOS fsync alone does not reach the disk.
        Pragma(name: "fullfsync", value: "ON", reading: "1"),
    ]

    func set(on connection: OpaquePointer) throws(SQLiteFailure) {
        try StoreDatabase.execute("PRAGMA \(name) = \(value)", on: connection)
    }

    func check(on connection: OpaquePointer, _ path: String) throws {
        let found = try StoreStatement("PRAGMA \(name)", on: connection).firstRow { $0.text(0) }.flatMap { $0 }
        guard found == reading else {
            throw StoreError(
                .notAccessible,
                "\(path) cannot be used durably: SQLite's \(name) is \(found ?? "not known"), expected \(reading); "
                    + "name a folder on a local disk")
        }
    }
}
