// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import Logging

extension RunFolders {
    /// Makes a run with a store of its own and performs it in this process; Ctrl-C stops it.
    func perform(_ request: RunRequest) async throws {
        let access = try AWSAccess(
            environment: request.environment, profile: request.target.profile, caller: request.caller)
        let slots = request.slots ?? SlotOptions.defaultSlots
        let specification = request.specification(slots: slots, defaultRegion: access.defaultRegion)
        let run = try await LocalRun.create(
            request.function.kind, in: self, access: access, slots: slots,
            functions: try FunctionRegistry(
                request.environment, request.python, script: request.script, slots: slots, logger: request.logger),
            logger: request.logger, directoryErrors: request.directoryErrors)
        do {
            try await run.perform { service, controls in
                if let artefact = request.artefact { try await service.upload(artefact) }
                try await controls.prepare(specification.function, request.artefact)
                request.announce(run.id)
                try await service.submit(run.id, specification)
                try await ScriptConnection.attended(request.script, controls) {
                    var session = session(run.id, service, request.console, request.output, controls)
                    session.isResumable = request.script == nil
                    try await session.perform()
                }
            }
        } catch {
            await run.close(after: error)
            throw error
        }
        try await run.store.close()
    }

    /// Goes on with a run in this process.
    func perform(_ request: ContinuationRequest) async throws {
        let (store, record) = try await openAlone(run(named: request.name))
        do {
            try await perform(request, record, store)
        } catch {
            // The error is what has to be told; what was committed is safe without a clean end.
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    private func perform(_ request: ContinuationRequest, _ record: RunRecord, _ store: any TaskStore) async throws {
        let specification = record.specification
        switch specification.function {
        case .native(let function):
            if let refusal = try Program.current.refusal(of: function, run: record.id) { throw refusal }
        case .python(let function) where function.artefact == nil:
            throw InvalidRequest(
                "run \(record.id) is of the function \(function.function) of the script \(function.file): "
                    + "only the script that made it can go on with it")
        case .call, .exec, .python: break
        }
        if let reason = request.continuation.nothingToDo(record) {
            return try await request.tell(reason, record, store, self)
        }
        let access = try AWSAccess(environment: request.environment, profile: specification.profile)
        request.announce(record)
        let run = LocalRun(
            id: record.id, store: store, folders: self, access: access,
            slots: request.slots ?? specification.slots ?? SlotOptions.defaultSlots,
            functions: try FunctionRegistry(
                request.environment, slots: request.slots ?? specification.slots ?? SlotOptions.defaultSlots,
                logger: request.logger),
            kind: specification.function.kind,
            logger: request.logger)
        try await run.perform { service, controls in
            try await request.continuation.apply(to: run.id, of: service)
            try await session(run.id, service, request.console, request.output, controls).perform()
        }
    }

    private func session(
        _ run: RunID, _ service: any RunService, _ console: Console, _ output: OutputTarget, _ controls: RunControls
    ) -> RunSession {
        RunSession(
            run: run, service: service, place: self, console: console, output: output, interruption: .stops(controls))
    }
}

extension FunctionRegistry {
    /// The functions of `cove` itself, operations of AWS, programs and Python functions, and the Swift functions of the program
    /// that this is.
    ///
    /// - Parameters:
    ///   - python: how Python functions are run; nil for what the environment's variables say.
    ///   - script: the script that has the functions; nil for functions in files.
    /// - Throws: `InvalidRequest` when the program's build cannot be told.
    init(
        _ environment: ProcessEnvironment, _ python: PythonSettings? = nil, script: ScriptConnection? = nil, slots: Int,
        logger: Logger, program: Program = .current
    ) throws {
        // A variable that is wrong counts as not given here: commands that have the option have refused it.
        var reader = SettingReader(variables: environment.variables)
        let python = python ?? PythonOptions.none.resolve(&reader, environment, slots: slots)
        let executor =
            if let script {
                PythonExecutor(settings: python, script: script.control, logger: logger) { script.end() }
            } else {
                PythonExecutor(settings: python, logger: logger)
            }
        self.init(
            programs: ProgramExecutor(environment: environment.variables, limits: .init()), native: program.native,
            offer: try program.offer(), python: executor)
    }
}
