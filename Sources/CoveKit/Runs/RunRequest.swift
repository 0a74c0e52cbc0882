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
    /// What is run; set once it is known.
    var function = FunctionSpecification.native("")
    /// How Python functions are run; nil for what the environment says.
    var python: PythonSettings?
    /// The files that travel with it.
    var artefact: PackedArtefact?
    /// What is odd about what is run, a sentence each.
    var warnings: [String] = []
    /// The script whose functions are run; nil for functions that are elsewhere.
    var script: ScriptConnection?
    /// Whose credentials assume the roles of a local run; nil for those that are found here.
    var caller: AWSAccess.Caller?
    /// Keeps what the organization's directory fails with.
    var directoryErrors = DirectoryErrors()

    /// Reads the settings; what is wrong is left with the reader.
    init(
        environment: ProcessEnvironment, target: TargetOptions, execution: ExecutionOptions, output: OutputOptions,
        place: PlaceOptions, detach: DetachOptions, console: ConsoleOptions, reader: inout SettingReader
    ) {
        self.environment = environment
        self.target = target.resolve(&reader)
        slots = execution.slots.resolve(&reader)
        taskTimeoutSeconds = reader.seconds(
            execution.taskTimeout, "task-timeout", in: RunSpecification.taskTimeoutRange)
        raisesException = reader.flag(execution.raiseException, "raise-exception")
        isAtMostOnce = reader.flag(execution.atMostOnce, "at-most-once")
        self.output = output.resolve(&reader, environment)
        (self.console, logger) = console.resolve(&reader, environment)
        self.place = place.resolve(&reader, environment, self.console, logger)
        isDetached = detach.resolve(&reader, self.place, output)
        if isRemote {
            self.target.checkWithoutCredentials(&reader)
        } else {
            environment.checkFileLimit(slots: slots ?? SlotOptions.defaultSlots, &reader)
        }
    }

    /// Makes the run and follows it to its end, once the settings were checked.
    ///
    /// - Throws: `CommandFailure`, or an error that becomes one.
    func start() async throws {
        for warning in target.warnings + warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        try await place?.perform(self)
    }

    /// Whether a coordinator's workers run it.
    var isRemote: Bool { place?.isRemote ?? false }

    /// Says which run it became.
    func announce(_ run: RunID) {
        console.note("cove: run \(run) · \(function.summary)")
    }

    /// Everything that the run does.
    func specification(slots: Int?, defaultRegion: RegionName?) -> RunSpecification {
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
