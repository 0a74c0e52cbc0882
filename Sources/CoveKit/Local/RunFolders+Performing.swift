// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import Logging

extension RunFolders {
    /// Makes a run with a store of its own and performs it in this process; Ctrl-C stops it.
    func perform(_ request: RunRequest) async throws {
        let access = try AWSAccess(environment: request.environment, profile: request.target.profile)
        let slots = request.slots ?? SlotOptions.defaultSlots
        let specification = request.specification(slots: slots, defaultRegion: access.defaultRegion)
        let run = try await LocalRun.create(
            request.function.kind, in: self, access: access, slots: slots,
            functions: try FunctionRegistry(request.environment), logger: request.logger)
        request.announce(run.id)
        do {
            try await run.perform { service, controls in
                try await service.submit(run.id, specification)
                try await session(run.id, service, request.console, request.output, controls).perform()
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
        if case .native(let function) = specification.function,
            let refusal = try Program.current.refusal(of: function, run: record.id)
        {
            throw refusal
        }
        if let reason = request.continuation.nothingToDo(record) {
            return try await request.tell(reason, record, store, self)
        }
        let access = try AWSAccess(environment: request.environment, profile: specification.profile)
        request.announce(record)
        let run = LocalRun(
            id: record.id, store: store, folders: self, access: access,
            slots: request.slots ?? specification.slots ?? SlotOptions.defaultSlots,
            functions: try FunctionRegistry(request.environment), kind: specification.function.kind,
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
    /// The functions of `cove` itself, operations of AWS and programs, and the Swift functions of the program that this is.
    ///
    /// - Throws: `InvalidRequest` when the program's build cannot be told.
    init(_ environment: ProcessEnvironment, _ program: Program = .current) throws {
        self.init(
            programs: ProgramExecutor(environment: environment.variables, limits: .init()), native: program.native,
            offer: try program.offer())
    }
}
