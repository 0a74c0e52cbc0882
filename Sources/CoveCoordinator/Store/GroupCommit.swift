// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// A call that waits for the store's connection.
struct StoreOperation: Sendable {
    /// Answers the call: with what it came to, or with why the transaction that it was part of did not happen.
    typealias Answer = @Sendable (StoreError?) -> Void

    /// What a call needs of its transaction.
    enum Kind: Sendable {
        /// Any, or none.
        case read
        /// One that it may share.
        case write
        /// One that it may share and that can wait a moment for others to share it with.
        case patientWrite
        /// One of its own, without checks of references.
        case removal
    }

    let kind: Kind
    /// Roughly how many bytes it writes.
    let weight: Int
    /// Does the work inside a transaction, and returns what answers the call after COMMIT.
    ///
    /// It may run again after a rollback.
    let run: @Sendable (StoreConnection) throws -> Answer
    /// Answers the call when the work could not be done.
    let refuse: @Sendable (StoreError) -> Void
}

/// The calls that wait, in order.
///
/// While one transaction is being synced to disk the next one gathers here. Its length is bounded by its callers, each of whom
/// is suspended until its call is answered.
final class StoreMailbox: Sendable {
    private struct State {
        var waiting: [StoreOperation] = []
        var isDraining = false
        var refusal: StoreError?
        /// How many of the waiting calls cannot wait for others.
        var hasty = 0
        /// Until when the next transaction may be held back; nil where it is not.
        var nextBegin: DispatchTime?
        /// Whether it is held back now.
        var isGathering = false

        var canGather: Bool { !waiting.isEmpty && hasty == 0 && waiting.count < StoreMailbox.enough }
    }

    /// How many calls are enough not to wait for more.
    private static let enough = 128
    /// How much goes into one transaction, so that the first of many callers does not wait for all.
    private static let operationLimit = 512
    private static let weightLimit = 8 * 1_024 * 1_024

    /// The least time from one transaction to the next, where all calls that wait can wait.
    private let pace: Duration
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    init(pace: Duration = .zero) { self.pace = pace }

    /// Adds a call, and says whether somebody has to begin to drain; throws when nothing is taken any more.
    func add(_ operation: StoreOperation) throws(StoreError) -> Bool {
        let (isFirst, rings) = try state.withLock { state throws(StoreError) in
            if let refusal = state.refusal { throw refusal }
            state.waiting.append(operation)
            if operation.kind != .patientWrite { state.hasty += 1 }
            let rings = state.isGathering && !state.canGather
            if rings { state.isGathering = false }
            defer { state.isDraining = true }
            return (!state.isDraining, rings)
        }
        if rings { bell.signal() }
        return isFirst
    }

    /// Waits until the next transaction may begin: not while there are few calls and none that cannot wait.
    ///
    /// Blocks its thread, which is the store's own.
    func gather() {
        let end = state.withLock { state -> DispatchTime? in
            guard let end = state.nextBegin, state.canGather, end > .now() else { return nil }
            state.isGathering = true
            return end
        }
        guard let end, bell.wait(timeout: end) == .timedOut else { return }
        // Who rings takes the mark away first: then the bell has rung, or is about to.
        let isRinging = state.withLock { state in
            defer { state.isGathering = false }
            return !state.isGathering
        }
        if isRinging { bell.wait() }
    }

    /// The calls of the next transaction; none ends the draining.
    func next() -> [StoreOperation] {
        state.withLock { state in
            var count = 0
            var weight = 0
            while count < min(state.waiting.count, Self.operationLimit), weight < Self.weightLimit {
                let isRemoval = state.waiting[count].kind == .removal
                if isRemoval, count > 0 { break }
                weight += state.waiting[count].weight
                count += 1
                if isRemoval { break }
            }
            let batch = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.hasty -= batch.count { $0.kind != .patientWrite }
            if batch.isEmpty { state.isDraining = false }
            if pace > .zero, batch.contains(where: { $0.kind != .read }) { state.nextBegin = .now() + pace.inSeconds }
            return batch
        }
    }

    /// Takes nothing any more; says whether it did until now.
    @discardableResult
    func refuse(with error: StoreError) -> Bool {
        state.withLock { state in
            guard state.refusal == nil else { return false }
            state.refusal = error
            return true
        }
    }

    var refusal: StoreError? { state.withLock(\.refusal) }
}

/// Runs waiting calls on the connection: many in one transaction, answered after its COMMIT.
struct GroupCommit {
    let connection: StoreConnection
    let mailbox: StoreMailbox

    /// Runs calls in one transaction; when that fails, each in one of its own, so that none fails for another's sake.
    func execute(_ batch: [StoreOperation]) {
        if let refusal = mailbox.refusal, refusal.code == .failed {
            for operation in batch { operation.refuse(refusal) }
            return
        }
        do {
            let answers = try transact(batch)
            for answer in answers { answer(nil) }
        } catch {
            let refusal = undo(after: error)
            if batch.count == 1 || refusal.isFatal {
                for operation in batch { operation.refuse(refusal.error) }
            } else {
                for operation in batch { execute([operation]) }
            }
        }
    }

    private func transact(_ batch: [StoreOperation]) throws -> [StoreOperation.Answer] {
        connection.trimMemory()
        let writes = batch.contains { $0.kind != .read }
        if writes { try connection.begin(checkingReferences: !batch.contains { $0.kind == .removal }) }
        var answers: [StoreOperation.Answer] = []
        answers.reserveCapacity(batch.count)
        for operation in batch {
            let changes = connection.totalChanges
            do {
                answers.append(try operation.run(connection))
            } catch let error as StoreError where connection.totalChanges == changes {
                // It was refused before it wrote anything: the others go on.
                answers.append { failure in operation.refuse(failure ?? error) }
            }
        }
        if writes { try connection.commit() }
        return answers
    }

    /// Rolls back, and says what to tell the callers and whether the store is at its end.
    private func undo(after error: any Error) -> (error: StoreError, isFatal: Bool) {
        var failures: [SQLiteFailure] = []
        var refusal = StoreError(.failed, "\(connection.path): \(error)")
        switch error {
        case let error as StoreError: refusal = error
        case let failure as SQLiteFailure:
            failures.append(failure)
            refusal = failure.inUse(at: connection.path)
        default: break
        }
        var isFatal = failures.contains(where: \.isFatal)
        do { try connection.rollback() } catch {
            isFatal = true
            refusal = StoreError(.failed, error.inUse(at: connection.path).message)
        }
        if isFatal { mailbox.refuse(with: refusal) }
        return (refusal, isFatal)
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
