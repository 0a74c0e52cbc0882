// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import CoveWorker
import Logging

/// A new run as it was asked for: every setting read and checked, nothing done yet.
struct RunRequest {
    let environment: ProcessEnvironment
    let target: TargetOptions.Resolved
    let slots: Int?
    let taskTimeoutSeconds: Int?
    let raisesException: Bool
    let isAtMostOnce: Bool
    let output: OutputTarget
    let place: (any RunPlace)?
    let isDetached: Bool
    let console: Console
    let logger: Logger

    /// Reads the settings; what is wrong is left with the reader.
    init(
        environment: ProcessEnvironment, target: TargetOptions, execution: ExecutionOptions, output: OutputOptions,
        place: PlaceOptions, detach: DetachOptions, console: ConsoleOptions, reader: inout SettingReader
    ) {
        self.environment = environment
        self.target = target.resolve(&reader)
        slots = execution.slots.resolve(&reader)
        taskTimeoutSeconds = reader.seconds(execution.taskTimeout, "task-timeout", in: 1...604_800)
        raisesException = reader.flag(execution.raiseException, "raise-exception")
        isAtMostOnce = reader.flag(execution.atMostOnce, "at-most-once")
        self.output = output.resolve(&reader, environment)
        (self.console, logger) = console.resolve(&reader, environment)
        self.place = place.resolve(&reader, environment, self.console, logger)
        isDetached = detach.resolve(&reader, self.place, output)
        if self.place is RunFolders {
            environment.checkFileLimit(slots: slots ?? SlotOptions.defaultSlots, &reader)
        } else {
            self.target.checkWithoutCredentials(&reader)
        }
    }

    /// Whether a coordinator's workers run it.
    var isRemote: Bool { place is RemoteRuns }

    /// Makes the run and follows it to its end.
    ///
    /// - Throws: `CommandFailure`, or an error that becomes one. A run that came to nothing before its first task leaves nothing behind.
    func start(_ function: FunctionSpecification) async throws {
        for warning in target.warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        if let remote = place as? RemoteRuns {
            try await start(function, with: remote)
        } else if let folders = place as? RunFolders {
            try await start(function, in: folders)
        }
    }

    private func start(_ function: FunctionSpecification, in folders: RunFolders) async throws {
        let access = try AWSAccess(environment: environment, profile: target.profile)
        let slots = slots ?? SlotOptions.defaultSlots
        let specification = specification(function, slots: slots, defaultRegion: access.defaultRegion)
        let run = try await LocalRun.create(
            function.kind, in: folders, access: access, slots: slots,
            functions: FunctionRegistry(programs: ProgramExecutor(environment: environment.variables, limits: .init())),
            logger: logger)
        announce(run.id, function)
        do {
            try await run.perform { service, controls in
                try await service.submit(run.id, specification)
                try await session(run.id, service, folders, .stops(controls)).perform()
            }
        } catch {
            await run.close(after: error)
            throw error
        }
        try await run.store.close()
    }

    private func start(_ function: FunctionSpecification, with remote: RemoteRuns) async throws {
        let id = RunID.new()
        let specification = specification(function, slots: slots, defaultRegion: nil)
        try await remote.withService(isPatient: true) { service in
            try await service.submit(id, specification)
            if isDetached { return try await output.write(handedOver: id) }
            announce(id, function)
            try await session(id, service, remote, .leaves).perform()
        }
    }

    private func announce(_ run: RunID, _ function: FunctionSpecification) {
        console.note("cove: run \(run) · \(function.summary)")
    }

    private func session(
        _ run: RunID, _ service: any RunService, _ place: any RunPlace, _ interruption: Interruption
    ) -> RunSession {
        RunSession(
            run: run, service: service, place: place, console: console, output: output, interruption: interruption)
    }

    private func specification(
        _ function: FunctionSpecification, slots: Int?, defaultRegion: RegionName?
    ) -> RunSpecification {
        var specification = target.specification(function)
        specification.defaultRegion = defaultRegion
        specification.profile = target.profile
        specification.taskTimeoutSeconds = taskTimeoutSeconds
        specification.slots = slots
        specification.raisesException = raisesException
        specification.isAtMostOnce = isAtMostOnce
        return specification
    }
}

extension TargetOptions.Resolved {
    /// The specification of a run of a function there, all else left at its default.
    func specification(_ function: FunctionSpecification) -> RunSpecification {
        RunSpecification(function: function, selection: selection, regions: regions, role: role, partition: partition)
    }

    /// Leaves with the reader that credentials were named which nobody would use: a coordinator and its workers have their own.
    func checkWithoutCredentials(_ reader: inout SettingReader) {
        if let profile {
            reader.add(
                problem: "the profile \"\(profile)\" was given (--profile or COVE_PROFILE) with a coordinator: "
                    + "the coordinator and its workers use their own credentials")
        }
    }
}

extension OutputTarget {
    /// Writes the id of a run that was handed over, alone on standard output.
    func write(handedOver run: RunID) async throws {
        let output = OpenOutput()
        output.sink.line(run.rawValue)
        try await output.commit()
    }
}
