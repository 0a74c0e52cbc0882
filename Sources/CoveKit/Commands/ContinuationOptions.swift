// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore
import CoveWorker
import Logging

/// What the commands have in common that go on with a run.
struct ContinuationOptions: ParsableArguments {
    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @OptionGroup var slots: SlotOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    /// Opens the run's store, prepares it, and performs the run.
    ///
    /// - Parameter prepare: gets the store ready; a sentence says why there is nothing to do, then only the results are written.
    func perform(
        in environment: ProcessEnvironment, prepare: (any TaskStore, RunRecord) async throws -> String?
    ) async throws {
        var reader = SettingReader(variables: environment.variables)
        let slots = slots.resolve(&reader)
        let output = output.resolve(&reader, environment)
        let folders = store.resolve(&reader, environment)
        let (console, logger) = console.resolve(&reader, environment)
        environment.checkFileLimit(slots: slots ?? SlotOptions.defaultSlots, &reader)
        try reader.check()
        guard let folders else { return }
        let id = try folders.run(named: run)
        let (store, record) = try await folders.open(id)
        do {
            try await perform(
                record, of: store, in: folders, environment, slots: slots, output: output, console, logger, prepare)
        } catch {
            // The error is what has to be told; what was committed is safe without a clean end.
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    private func perform(
        _ record: RunRecord, of store: any TaskStore, in folders: RunFolders, _ environment: ProcessEnvironment,
        slots: Int?, output: OutputTarget, _ console: Console, _ logger: Logger,
        _ prepare: (any TaskStore, RunRecord) async throws -> String?
    ) async throws {
        let id = record.id
        guard case .exec = record.specification.function else {
            throw InvalidRequest(
                "run \(id) is of the Swift function \"\(record.specification.function.summary)\": "
                    + "only the program that made it can go on with it")
        }
        if let reason = try await prepare(store, record) {
            console.note("cove: \(reason)")
            try await output.write(id, of: store, keptFor: folders.command("results", id))
            guard record.counts.unsuccessful > 0 else { return }
            let lines = [
                "\(reason); \(record.counts.unsuccessful) tasks did not succeed",
                "try again with: \(folders.command("retry", id))",
            ]
            throw CommandFailure(.failure, console.isQuiet ? [] : lines)
        }
        let access = try AWSAccess(environment: environment, profile: record.specification.profile)
        console.note("cove: run \(id) · \(record.specification.function.summary)")
        let run = LocalRun(
            id: id, store: store, access: access,
            slots: slots ?? record.specification.slots ?? SlotOptions.defaultSlots,
            functions: FunctionRegistry(programs: ProgramExecutor(environment: environment.variables, limits: .init())),
            kind: record.specification.function.kind, logger: logger)
        try await RunSession(run: run, folders: folders, console: console, output: output).perform()
    }
}
