// SPDX-License-Identifier: Apache-2.0

import GRDBSQLite

/// A prepared statement, kept for the connection's life and used by one thread at a time.
final class StoreStatement {
    private let pointer: OpaquePointer
    private let connection: OpaquePointer
    /// The first binding that failed since the last reset; told by the next step.
    private var bindingCode: Int32 = SQLITE_OK

    init(_ sql: String, on connection: OpaquePointer) throws(SQLiteFailure) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw SQLiteFailure(of: connection) }
        pointer = prepared
        self.connection = connection
    }

    deinit { sqlite3_finalize(pointer) }

    // MARK: Binding (parameters count from 1)

    func bind(_ value: Int64?, at index: Int32) {
        if let value {
            note(sqlite3_bind_int64(pointer, index, value))
        } else {
            note(sqlite3_bind_null(pointer, index))
        }
    }

    func bind(_ value: Int?, at index: Int32) { bind(value.map(Int64.init), at: index) }

    func bind(_ text: String?, at index: Int32) {
        guard var text else { return note(sqlite3_bind_null(pointer, index)) }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                note(sqlite3_bind_text(pointer, index, characters.baseAddress, Int32(characters.count), Self.copied))
            }
        }
    }

    func bind(text bytes: [UInt8]?, at index: Int32) {
        guard let bytes else { return note(sqlite3_bind_null(pointer, index)) }
        bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                note(sqlite3_bind_text(pointer, index, characters.baseAddress, Int32(characters.count), Self.copied))
            }
        }
    }

    func bind(blob bytes: [UInt8], at index: Int32) {
        bytes.withUnsafeBytes { bytes in
            note(sqlite3_bind_blob64(pointer, index, bytes.baseAddress, UInt64(bytes.count), Self.copied))
        }
    }

    // MARK: Running

    /// Goes to the next row; false when there is none.
    ///
    /// A failure resets the statement.
    func step() throws(SQLiteFailure) -> Bool {
        if bindingCode != SQLITE_OK {
            let failure = SQLiteFailure(code: bindingCode, message: String(cString: sqlite3_errstr(bindingCode)))
            reset()
            throw failure
        }
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = SQLiteFailure(of: connection)
            reset()
            throw failure
        }
    }

    /// Forgets the rows and keeps the bindings.
    func reset() {
        sqlite3_reset(pointer)
        bindingCode = SQLITE_OK
    }

    /// Runs a statement to its first row and forgets that; returns how many rows it changed.
    @discardableResult
    func run() throws(SQLiteFailure) -> Int {
        _ = try step()
        let changed = sqlite3_changes(connection)
        reset()
        return Int(changed)
    }

    /// Runs a statement one of whose parameters is a blob that SQLite reads where it is, without copying it.
    func run(withBlob bytes: [UInt8]?, at index: Int32) throws(SQLiteFailure) {
        guard let bytes else {
            note(sqlite3_bind_null(pointer, index))
            try run()
            return
        }
        let outcome = bytes.withUnsafeBytes { buffer -> Result<Void, SQLiteFailure> in
            note(sqlite3_bind_blob64(pointer, index, buffer.baseAddress, UInt64(buffer.count), nil))
            let result = Result { () throws(SQLiteFailure) in _ = try run() }
            sqlite3_bind_null(pointer, index)
            return result
        }
        try outcome.get()
    }

    /// Calls `body` for each row, until it returns false; the rows are forgotten however it ends.
    func forEachRow(_ body: (StoreStatement) throws -> Bool) throws {
        defer { reset() }
        while try step() {
            guard try body(self) else { return }
        }
    }

    /// What `body` makes of the first row; nil when there is none.
    func firstRow<Value>(_ body: (StoreStatement) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? try body(self) : nil
    }

    // MARK: Columns (they count from 0)

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    func text(_ column: Int32) -> String? { bytes(column).map { String(decoding: $0, as: UTF8.self) } }

    func array(_ column: Int32) -> [UInt8]? { bytes(column).map(Array.init) }

    private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    /// A text's or blob's bytes, valid until the next step.
    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer? {
        guard !isNull(column) else { return nil }
        let start = sqlite3_column_blob(pointer, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column)))
    }

    private func note(_ code: Int32) {
        if code != SQLITE_OK, bindingCode == SQLITE_OK { bindingCode = code }
    }

    /// SQLITE_TRANSIENT, a C macro that Swift does not import: SQLite copies the bytes before the call returns.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
