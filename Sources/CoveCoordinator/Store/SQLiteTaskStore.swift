// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import FoundationEssentials
import GRDB
import Synchronization

/// A store in a folder: one SQLite file, one owner, one connection.
///
/// Calls that wait at the same time share a transaction and are answered after its COMMIT, which is on the disk then
/// (WAL, `synchronous=FULL`). A full disk fails the calls that did not fit and nothing else; after any other failure of the
/// disk every call fails until the store is opened again.
package final class SQLiteTaskStore: TaskStore {
    /// What opening does where there is no store.
    package enum OpenMode: Sendable {
        /// Makes the folder and the store; a store that is there is opened.
        case create
        /// Fails, and makes nothing.
        case existing
    }

    /// A pace at which a commit serves many under load, and which nobody notices who waits for AWS.
    package static let sharingPace = Duration.milliseconds(2)

    /// What opening does with the leases that former owners of the store had granted.
    package enum FormerLeases: Sendable {
        /// Takes them back without charge (in at-most-once runs their tasks settle as failed): their workers died with their
        /// coordinator.
        case takenBack
        /// Leaves them: their workers may come back and go on; whoever opens the store sees to those that do not.
        case kept
    }

    package let epoch: Int64
    /// The database's path, for errors.
    let path: String
    private let database: DatabaseQueue
    private let lock: Mutex<StoreLock?>
    private let mailbox: StoreMailbox
    /// Used on the database's queue only; nil once closed.
    ///
    /// The mutex is never waited for: it tells the compiler what the queue guarantees.
    private let connection: Mutex<StoreConnection?>

    private init(_ database: DatabaseQueue, _ lock: StoreLock, pace: Duration, connection: sending StoreConnection) {
        self.database = database
        mailbox = StoreMailbox(pace: pace)
        self.lock = Mutex(lock)
        epoch = connection.epoch
        path = connection.path
        self.connection = Mutex(connection)
    }

    // Statements go before the connection, and both before the lock. GRDB closes the connection on its queue.
    deinit { connection.withLock { $0 = nil } }

    /// Opens the store in `folder`: takes its lock, brings its tables up to date, and counts up the epoch.
    ///
    /// - Parameters:
    ///   - leases: what becomes of the leases of former owners.
    ///   - pace: how long grants and reports may wait, after the last transaction began, for others to share theirs with: each
    ///     costs an fsync, however many it is for.
    ///   - version: this program's version, kept for the message of one that cannot read the store.
    package static func open(
        folder: String, mode: OpenMode, leases: FormerLeases = .takenBack, pace: Duration = .zero,
        writtenBy version: String, now: Timestamp
    ) async throws -> SQLiteTaskStore {
        let place = StoreFolder(folder)
        switch mode {
        case .create: try place.make()
        case .existing: try place.find()
        }
        let lock = try await StoreLock.take(place.lock, now: now)
        if mode == .create { try makeDatabase(in: place, writtenBy: version) }
        try place.find()
        let database = try StoreDatabase.open(place.database)
        let (connection, isForgetting) = try prepare(place.database, leases, version, now, database)
        let store = SQLiteTaskStore(database, lock, pace: pace, connection: connection)
        if isForgetting { store.continueForgetting() }
        return store
    }

    /// Which process has the store in `folder` open; nil when none has, or there is no store.
    package static func owner(ofFolder folder: String) -> StoreOwner? {
        StoreLock.owner(StoreFolder(folder).lock)
    }

    package func close() async throws {
        guard mailbox.refuse(with: StoreError(.closed, "the store is closed")) else { return }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // The queue is serial and draining ends with an empty mailbox: all that was taken is answered by then.
            database.asyncWriteWithoutTransaction { _ in
                self.connection.withLock { connection in
                    // What is not written back now is when the store is opened next.
                    try? connection?.checkpoint()
                    connection = nil
                }
                continuation.resume()
            }
        }
        do { try database.close() } catch let error as DatabaseError {
            throw SQLiteFailure(error).inUse(at: database.path)
        }
        lock.withLock { $0 = nil }
    }

    // MARK: Calls

    /// Does `body` in a transaction, with whoever else waits, and returns after COMMIT.
    func perform<Value: Sendable>(
        kind: StoreOperation.Kind = .write, weight: Int = 0,
        _ body: @escaping @Sendable (StoreConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let operation = StoreOperation(
                kind: kind, weight: weight,
                run: { connection in
                    let value = try body(connection)
                    return { failure in
                        if let failure {
                            continuation.resume(throwing: failure)
                        } else {
                            continuation.resume(returning: value)
                        }
                    }
                },
                refuse: { continuation.resume(throwing: $0) })
            submit(operation)
        }
    }

    /// Goes on with what a former owner was removing, a slice at a time between the calls of others.
    ///
    /// Where that fails, the next `forget` or the next opening goes on.
    private func continueForgetting() {
        submit(
            StoreOperation(
                kind: .removal, weight: 0,
                run: { connection in
                    let isMore = try connection.removeForgotten()
                    return { [weak self] failure in
                        if isMore, failure == nil { self?.continueForgetting() }
                    }
                },
                refuse: { _ in }))
    }

    private func submit(_ operation: StoreOperation) {
        do {
            guard try mailbox.add(operation) else { return }
            database.asyncWriteWithoutTransaction { _ in self.drain() }
        } catch {
            operation.refuse(error)
        }
    }

    private func drain() {
        connection.withLock { connection in
            while true {
                mailbox.gather()
                let batch = mailbox.next()
                guard !batch.isEmpty else { return }
                guard let connection else {
                    for operation in batch { operation.refuse(StoreError(.closed, "the store is closed")) }
                    continue
                }
                GroupCommit(connection: connection, mailbox: mailbox).execute(batch)
            }
        }
    }

    // MARK: Opening

    private static func makeDatabase(in place: StoreFolder, writtenBy version: String) throws {
        do { try place.find() } catch let error as StoreError where error.code == .notFound {
            try place.prepareUnfinishedDatabase()
            try StoreDatabase.make(place.unfinishedDatabase, writtenBy: version)
            try place.nameDatabase()
        }
    }

    /// Brings the tables up to date, then counts up the epoch, then recovers: each durable before the next.
    ///
    /// Says too whether runs are still to be removed.
    private static func prepare(
        _ path: String, _ leases: FormerLeases, _ version: String, _ now: Timestamp, _ database: DatabaseQueue
    ) throws -> sending (StoreConnection, isForgetting: Bool) {
        do {
            return try database.writeWithoutTransaction { database in
                guard let pointer = database.sqliteConnection else {
                    throw StoreError(.failed, "\(path): there is no connection")
                }
                try StoreDatabase.upgrade(pointer)
                let connection = try StoreConnection(pointer, path: path)
                try connection.transaction { try connection.beginEpoch(writtenBy: version, now: now) }
                if leases == .takenBack { try connection.transaction { try connection.recover(now: now) } }
                try connection.transaction { try connection.giveUpUnusedArtefacts(now: now) }
                return (connection, try connection.hasForgotten())
            }
        } catch let failure as SQLiteFailure {
            throw failure.atOpening(path)
        }
    }
}
