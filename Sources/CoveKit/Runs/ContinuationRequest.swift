// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker
import Logging

/// A wish to go on with a run: every setting read and checked, nothing done yet.
struct ContinuationRequest {
    /// The run's id, or the beginning of it.
    let name: String
    let continuation: Continuation
    let environment: ProcessEnvironment
    let slots: Int?
    let output: OutputTarget
    let isDetached: Bool
    let console: Console
    let logger: Logger

    /// Goes on with a coordinator's run.
    func perform(with remote: RemoteRuns) async throws {
        try await remote.withRun(named: name, isPatient: true) { run, service in
            guard let record = try await service.run(run) else { throw RequestFailure.forgotten(run) }
            let reason = continuation.nothingToDo(record)
            if reason == nil { try await continuation.apply(to: run, of: service) }
            if isDetached { return try await output.write(handedOver: run) }
            if let reason { return try await tell(reason, record, service, remote) }
            announce(record)
            try await session(run, service, remote, .leaves).perform()
        }
    }

    /// Goes on with a local run.
    func perform(in folders: RunFolders) async throws {
        let id = try folders.run(named: name)
        let (store, record) = try await folders.openAlone(id)
        do {
            try await perform(record, store, folders)
        } catch {
            // The error is what has to be told; what was committed is safe without a clean end.
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    private func perform(_ record: RunRecord, _ store: any TaskStore, _ folders: RunFolders) async throws {
        let specification = record.specification
        guard case .exec = specification.function else {
            throw InvalidRequest(
                "run \(record.id) is of the Swift function \"\(specification.function.summary)\": "
                    + "only the program that made it can go on with it")
        }
        if let reason = continuation.nothingToDo(record) { return try await tell(reason, record, store, folders) }
        let access = try AWSAccess(environment: environment, profile: specification.profile)
        announce(record)
        let run = LocalRun(
            id: record.id, store: store, folders: folders, access: access,
            slots: slots ?? specification.slots ?? SlotOptions.defaultSlots,
            functions: FunctionRegistry(programs: ProgramExecutor(environment: environment.variables, limits: .init())),
            kind: specification.function.kind, logger: logger)
        try await run.perform { service, controls in
            try await continuation.apply(to: run.id, of: service)
            try await session(run.id, service, folders, .stops(controls)).perform()
        }
    }

    /// Says why there is nothing to do, and writes the results that are there.
    private func tell(
        _ reason: String, _ record: RunRecord, _ reader: any RunReader, _ place: any RunPlace
    ) async throws {
        console.note("cove: \(reason)")
        try await output.write(record.id, of: reader, keptFor: place.command("results", record.id))
        guard record.counts.unsuccessful > 0 else { return }
        let lines = [
            "\(reason); \(record.counts.unsuccessful) tasks did not succeed",
            "try again with: \(place.command("retry", record.id))",
        ]
        throw CommandFailure(.failure, console.isQuiet ? [] : lines)
    }

    private func announce(_ record: RunRecord) {
        console.note("cove: run \(record.id) · \(record.specification.function.summary)")
    }

    private func session(
        _ run: RunID, _ service: any RunService, _ place: any RunPlace, _ interruption: Interruption
    ) -> RunSession {
        RunSession(
            run: run, service: service, place: place, console: console, output: output, interruption: interruption)
    }
}

extension RequestFailure {
    /// What is said of a run that was there before.
    static func forgotten(_ run: RunID) -> RequestFailure {
        RequestFailure(.notFound, ["there is no run \(run) any more: it was forgotten"])
    }
}
