// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite

/// What SQLite answered when it could not do something.
struct SQLiteFailure: Error {
    /// The extended result code (sqlite.org/rescode.html).
    let code: Int32
    let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The failure that a connection's last call left behind.
    init(of connection: OpaquePointer) {
        code = sqlite3_extended_errcode(connection)
        message = String(cString: sqlite3_errmsg(connection))
    }

    init(_ error: DatabaseError) {
        code = error.extendedResultCode.rawValue
        message = error.message ?? "no message"
    }

    private var primaryCode: Int32 { code & 0xFF }

    /// Whether nothing may be acknowledged any more.
    ///
    /// After a failed write or fsync the kernel may have dropped what was to be written while a later fsync succeeds, so that
    /// only opening anew, which reads back what is really there, tells what was kept.
    var isFatal: Bool {
        switch primaryCode {
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_LOCKED,
            SQLITE_PROTOCOL, SQLITE_MISUSE, SQLITE_INTERNAL, SQLITE_PERM:
            true
        default: false
        }
    }

    /// The failure as the store's users see it while the store at `path` is in use.
    func inUse(at path: String) -> StoreError {
        switch primaryCode {
        case SQLITE_FULL:
            StoreError(.full, "the disk of \(path) is full: what was acknowledged is kept; make room and try again")
        case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB:
            StoreError(
                .failed,
                "\(path) could not be read or written (\(description)): nothing more is recorded until it is opened again; "
                    + "check the disk")
        default:
            StoreError(.failed, "\(path): SQLite refused what was asked of it (\(description))")
        }
    }

    /// The failure as the store's users see it while the store at `path` is being opened.
    func atOpening(_ path: String) -> StoreError {
        switch primaryCode {
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            StoreError(
                .damaged,
                "\(path) is not a store that can be read (\(description)); expected a file written by cove: "
                    + "restore it from a copy, or name another folder")
        case SQLITE_BUSY, SQLITE_LOCKED:
            StoreError(.inUse, "\(path) is open in another program: end that program first")
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            StoreError(
                .notAccessible,
                "\(path) cannot be opened for reading and writing (\(description)): check the permissions of the file and its folder"
            )
        default: inUse(at: path)
        }
    }

    private var description: String { "\(message), SQLite code \(code)" }
}
