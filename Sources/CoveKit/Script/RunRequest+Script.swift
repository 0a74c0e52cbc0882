// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWorker

extension RunRequest {
    /// The run that a call of a script's decorated function stands for; what is wrong is left with the reader.
    ///
    /// - Parameter errors: keeps what the organization's directory fails with.
    init(
        _ environment: ProcessEnvironment, _ command: ScriptRunCommand, _ call: ScriptCall, _ errors: DirectoryErrors,
        _ reader: inout SettingReader
    ) {
        self.environment = environment
        target = call.target(
            durationSeconds: reader.seconds(command.duration, "duration", in: RoleSpecification.durationRange), &reader)
        // Who starts the script knows the machine better than who wrote it.
        slots = command.slots.resolve(&reader) ?? call.slots
        taskTimeoutSeconds = reader.seconds(command.taskTimeout, "task-timeout", in: RunSpecification.taskTimeoutRange)
        isAtMostOnce = reader.flag(command.atMostOnce, "at-most-once")
        raisesException = call.raisesException
        output = OutputTarget(format: .json)
        (console, logger) = command.console.resolve(&reader, environment)
        place = command.place.resolve(&reader, environment, console, logger)
        isDetached = false
        let specification = PythonSpecification(
            artefact: nil, file: command.script, function: call.function, arguments: call.arguments,
            keywordArguments: call.keywordArguments, isTyped: true)
        for problem in specification.problems { reader.add(problem: problem) }
        function = .python(specification)
        caller = call.credentials.map { AWSAccess.Caller(credentials: $0, region: call.region) }
        directoryErrors = errors
        guard !isRemote else { return }
        script = ScriptConnection(control: command.scriptSocket)
        environment.checkFileLimit(slots: slots ?? SlotOptions.defaultSlots, &reader)
    }
}
