// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWorker
import Logging

/// A new local run as it was asked for: every setting read and checked, nothing done yet.
struct LocalRequest {
    let environment: ProcessEnvironment
    let target: TargetOptions.Resolved
    let slots: Int
    let taskTimeoutSeconds: Int?
    let raisesException: Bool
    let isAtMostOnce: Bool
    let output: OutputTarget
    let folders: RunFolders?
    let console: Console
    let logger: Logger

    /// Reads the settings; what is wrong is left with the reader.
    init(
        environment: ProcessEnvironment, target: TargetOptions.Resolved, execution: ExecutionOptions,
        output: OutputOptions, store: StoreOptions, console: ConsoleOptions, reader: inout SettingReader
    ) {
        self.environment = environment
        self.target = target
        slots = execution.slots.resolve(&reader) ?? SlotOptions.defaultSlots
        taskTimeoutSeconds = reader.seconds(execution.taskTimeout, "task-timeout", in: 1...604_800)
        raisesException = reader.flag(execution.raiseException, "raise-exception")
        isAtMostOnce = reader.flag(execution.atMostOnce, "at-most-once")
        self.output = output.resolve(&reader, environment)
        folders = store.resolve(&reader, environment)
        (self.console, logger) = console.resolve(&reader, environment)
    }

    /// The specification of a run of a function.
    func specification(_ function: FunctionSpecification, defaultRegion: RegionName?) -> RunSpecification {
        RunSpecification(
            function: function, selection: target.selection, regions: target.regions, defaultRegion: defaultRegion,
            role: target.role, partition: target.partition, profile: target.profile,
            taskTimeoutSeconds: taskTimeoutSeconds, slots: slots, raisesException: raisesException,
            isAtMostOnce: isAtMostOnce)
    }

    /// Creates the run and performs it.
    ///
    /// - Throws: `CommandFailure`, or an error that becomes one. A run that came to nothing before its first task leaves nothing behind.
    func start(_ specification: (RegionName?) -> RunSpecification) async throws {
        guard let folders else { return }
        for warning in target.warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        let access = try AWSAccess(environment: environment, profile: target.profile)
        let specification = specification(access.defaultRegion)
        let run = try await LocalRun.create(
            specification, in: folders, access: access, slots: slots,
            functions: FunctionRegistry(programs: ProgramExecutor(environment: environment.variables, limits: .init())),
            logger: logger)
        console.note("cove: run \(run.id) · \(specification.function.summary)")
        do {
            try await RunSession(run: run, folders: folders, console: console, output: output).perform()
        } catch {
            await run.close(after: error, in: folders)
            throw error
        }
        try await run.store.close()
    }
}
