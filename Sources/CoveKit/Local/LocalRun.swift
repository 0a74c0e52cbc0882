// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import Logging
import Synchronization

/// A run on this machine: coordinator, store and worker in one process, joined by a link.
struct LocalRun: Sendable {
    /// How a run came to its end, as far as it did.
    struct Ending: Sendable {
        /// The run as the store knows it now.
        var record: RunRecord
        /// Why it ended before its last task, if it did.
        var stopReason: StopReason?
        /// Why the plan could not be finished, if it could not.
        var planningError: (any Error)?
    }

    let id: RunID
    let store: any TaskStore
    let access: AWSAccess
    let slots: Int
    let functions: FunctionRegistry
    let kind: FunctionSpecification.Kind
    let logger: Logger
    var terms = LeaseTerms()

    /// Makes a new run with a store of its own.
    ///
    /// - Throws: `StoreError` when the store cannot be made.
    static func create(
        _ specification: RunSpecification, in folders: RunFolders, access: AWSAccess, slots: Int,
        functions: FunctionRegistry, logger: Logger
    ) async throws -> LocalRun {
        let now = LinkClock.system.wall()
        var generator = SystemRandomNumberGenerator()
        let id = RunID(startingAt: now, using: &generator)
        let store: SQLiteTaskStore
        do {
            store = try await SQLiteTaskStore.open(
                folder: folders.store(of: id), mode: .create, writtenBy: CoveVersion.current, now: now)
            try await store.createRun(id, specification: specification, createdAt: now)
        } catch {
            // The id is new: whatever is there came of this attempt.
            folders.remove(id)
            throw error
        }
        return LocalRun(
            id: id, store: store, access: access, slots: slots, functions: functions,
            kind: specification.function.kind, logger: logger)
    }

    /// Closes the store after an error.
    ///
    /// A run that could not begin leaves nothing behind; one that was interrupted can be resumed.
    func close(after error: any Error, in folders: RunFolders) async {
        // The error that led here is what has to be told; a store that cannot even be asked is left as it is.
        let isEmpty = (try? await store.run(id)?.counts.total) == 0
        try? await store.close()
        if isEmpty, (error as? CommandFailure)?.status != .interrupted { folders.remove(id) }
    }

    /// Runs until every task is settled, the run is stopped, or the store fails.
    ///
    /// - Parameter attend: runs beside it and may stop it by its controls: progress, signals, output. It is cancelled at the end.
    /// - Throws: `StoreError` when the store fails for good, `InvalidRequest` when there is no such run.
    func execute(attend: @escaping @Sendable (Controls) async -> Void) async throws -> Ending {
        guard let record = try await store.run(id) else { throw InvalidRequest("there is no run \(id) in its store") }
        let coordinator = Coordinator(store: store, terms: terms, logger: logger)
        let worker = Worker(
            configuration: WorkerConfiguration(name: ProcessEnvironment.workerName, slots: slots, kinds: [kind]),
            runner: RoleAssumingRunner(
                sessions: SessionCache(aws: access.session), functions: functions, logger: logger),
            logger: logger)
        coordinator.activate(record)
        let planningError = PlanningErrorBox()
        let controls = Controls(run: id, store: store, coordinator: coordinator, worker: worker)
        try await withThrowingTaskGroup(of: Part.self) { group in
            let (workerLink, coordinatorLink) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
            group.addTask {
                try await coordinator.run()
                return .other
            }
            group.addTask {
                await attend(controls)
                return .other
            }
            group.addTask {
                try await plan(record, coordinator, planningError)
                return .other
            }
            group.addTask {
                try await coordinator.serve(coordinatorLink)
                return .link
            }
            group.addTask {
                try await worker.run(over: workerLink)
                return .worker
            }
            // Once nothing is left to do the worker is drained, and its goodbye ends the link.
            group.addTask {
                for await _ in coordinator.changes(of: id) where coordinator.status(of: id)?.isOver == true { break }
                worker.drain()
                return .other
            }
            var ended: Set<Part> = []
            while !ended.isSuperset(of: [.link, .worker]), let part = try await group.next() { ended.insert(part) }
            group.cancelAll()
        }
        guard let ended = try await store.run(id) else { throw InvalidRequest("there is no run \(id) in its store") }
        return Ending(
            record: ended, stopReason: coordinator.status(of: id)?.stopReason,
            planningError: planningError.error)
    }

    /// The parts of a run that are waited for.
    private enum Part: Sendable {
        case link, worker, other
    }

    private func plan(
        _ record: RunRecord, _ coordinator: Coordinator, _ planningError: PlanningErrorBox
    ) async throws {
        guard record.state == .planning else { return }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let directory = AWSDirectory(session: access.session)
                    try await coordinator.plan(id, record.specification, directory: directory)
                }
                // A run that is stopped needs no further targets; what is missing is planned when it is resumed.
                group.addTask {
                    for await _ in coordinator.changes(of: id)
                    where coordinator.status(of: id)?.stopReason != nil { break }
                }
                try await group.next()
                group.cancelAll()
            }
        } catch let error as StoreError {
            throw error
        } catch {
            planningError.set(error)
            await coordinator.stop(id, because: .planningFailed(CommandFailure(error).lines), cancellingAttempts: false)
        }
    }
}

/// Keeps why a plan could not be finished until the run has ended.
private final class PlanningErrorBox: Sendable {
    private let value = Mutex<(any Error)?>(nil)

    var error: (any Error)? { value.withLock { $0 } }
    func set(_ error: any Error) { value.withLock { $0 = error } }
}
