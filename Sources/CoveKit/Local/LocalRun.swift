// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import FoundationEssentials
import Logging

/// A run on this machine: coordinator, store and worker in one process, joined by a link.
struct LocalRun: Sendable {
    let id: RunID
    let store: any TaskStore
    let folders: RunFolders
    let access: AWSAccess
    let slots: Int
    let functions: FunctionRegistry
    let kind: FunctionSpecification.Kind
    let logger: Logger
    var terms = LeaseTerms()
    /// What planning failed with.
    var directoryErrors = DirectoryErrors()

    /// Makes a store for a new run.
    ///
    /// - Throws: `StoreError` when the store cannot be made.
    static func create(
        _ kind: FunctionSpecification.Kind, in folders: RunFolders, access: AWSAccess, slots: Int,
        functions: FunctionRegistry, logger: Logger, directoryErrors: DirectoryErrors = DirectoryErrors()
    ) async throws -> LocalRun {
        let now = LinkClock.system.wall()
        let id = RunID.new(now: now)
        do {
            let store = try await SQLiteTaskStore.open(
                folder: folders.store(of: id), mode: .create, pace: SQLiteTaskStore.sharingPace,
                writtenBy: CoveVersion.current, now: now)
            return LocalRun(
                id: id, store: store, folders: folders, access: access, slots: slots, functions: functions, kind: kind,
                logger: logger, directoryErrors: directoryErrors)
        } catch {
            // The id is new: whatever is there came of this attempt.
            folders.remove(id)
            throw error
        }
    }

    /// Performs the run as long as `body` goes on; other processes can look into it meanwhile, and cancel it.
    ///
    /// - Parameter body: has the run submitted or resumed, and follows it to its end.
    /// - Throws: what `body` throws; `StoreError` when the store fails for good.
    func perform<Result: Sendable>(
        _ body: @escaping @Sendable (any RunService, RunControls) async throws -> Result
    ) async throws -> Result {
        let (session, errors) = (access.session, directoryErrors)
        let service = CoordinatorService(
            store: store,
            directory: { _ in AttendedDirectory(directory: AWSDirectory(session: session), errors: errors) },
            defaultRegion: access.defaultRegion,
            configuration: CoordinatorConfiguration(terms: terms, boundsSlots: false), logger: logger)
        let artefacts = ArtefactCache(folder: files, logger: logger)
        defer { try? FileManager.default.removeItem(atPath: files) }
        let worker = Worker(
            configuration: WorkerConfiguration(
                name: ProcessEnvironment.workerName, program: CoveVersion.current, slots: slots, kinds: [kind],
                native: functions.offer),
            runner: RoleAssumingRunner(
                sessions: SessionCache(aws: session), functions: functions, artefacts: artefacts, logger: logger),
            artefacts: artefacts, logger: logger)
        let controls = RunControls(
            run: id, coordinator: service.coordinator, worker: worker, artefacts: artefacts, functions: functions)
        let control = ControlSocket(folder: folders.store(of: id), logger: logger)
        let (workerLink, coordinatorLink) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await service.run()
                return nil
            }
            group.addTask {
                try await service.serve(worker: coordinatorLink, address: "")
                return nil
            }
            group.addTask {
                try await worker.run(over: workerLink)
                return nil
            }
            group.addTask { [functions] in
                await functions.run()
                return nil
            }
            group.addTask {
                try await control.serve(service)
                return nil
            }
            group.addTask { try await body(service, controls) }
            defer { group.cancelAll() }
            while let part = try await group.next() {
                if let result = part { return result }
            }
            throw CancellationError()
        }
    }

    /// Where the files are that travel with the run, while it is performed.
    private var files: String { folders.store(of: id) + "/files" }

    /// Closes the store after an error.
    ///
    /// A run that could not begin leaves nothing behind; one that was interrupted can be resumed.
    func close(after error: any Error) async {
        // The error that led here is what has to be told; a store that cannot even be asked is left as it is.
        let isEmpty: Bool
        do { isEmpty = try await store.run(id)?.counts.total ?? 0 == 0 } catch { isEmpty = false }
        try? await store.close()
        if isEmpty, (error as? CommandFailure)?.status != .interrupted { folders.remove(id) }
    }
}

extension RunID {
    /// The id of a run that is made now.
    static func new(now: Timestamp = LinkClock.system.wall()) -> RunID {
        var generator = SystemRandomNumberGenerator()
        return RunID(startingAt: now, using: &generator)
    }
}
