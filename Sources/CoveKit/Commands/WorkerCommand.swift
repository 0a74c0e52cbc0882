// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWorker

/// `cove worker`: takes tasks from a coordinator, assumes their roles and runs their functions.
struct WorkerCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run tasks of a coordinator on this host.",
        discussion: """
            A worker assumes the roles with its own credentials; it connects again whenever the coordinator was away. \
            SIGTERM drains it: it takes no more tasks, lets those that run finish until --drain-timeout, and gives back \
            what is left.
            Files that travel with runs are kept in cove/artefacts in the user's cache folder ($XDG_CACHE_HOME, ~/.cache).
            Whoever may submit runs decides what an allowed kind of function does here: exec means any program, and \
            python any Python code, with this worker's files, network and user.
            """)

    @OptionGroup(title: "Coordinator") var connection: ConnectionOptions
    @OptionGroup(title: "Work") var worker: WorkerOptions
    @OptionGroup(title: "Python functions") var python: PythonOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let connection = connection.resolve(&reader)
        if reader.text(self.connection.coordinator, "coordinator") == nil {
            reader.add(problem: "no coordinator was given: name its address with --coordinator HOST:PORT")
        }
        let settings = worker.resolve(&reader, environment)
        let python = python.resolve(&reader, environment, slots: settings.slots)
        let (console, logger) = console.resolve(&reader, environment)
        try reader.check()
        guard let connection else { return }
        for warning in connection.warnings + VariableCheck.warnings(environment.variables) {
            console.say("cove: warning: \(warning)")
        }
        if settings.kinds.contains(.call), ModelFolders(environment: environment).isEmpty {
            console.say("cove: warning: \(ModelFolders.advice)")
        }
        if settings.kinds.contains(.python) {
            let problems = await PythonCheck(python).findings(
                file: nil, function: nil, workingDirectory: environment.workingDirectory
            ).problems
            // Refused now, not task by task.
            if !problems.isEmpty { throw CommandFailure(.unavailable, problems) }
        }
        let access = try AWSAccess(environment: environment, profile: settings.profile)
        try await WorkerDaemon(
            connection: connection, settings: settings, access: access,
            functions: FunctionRegistry(environment, python, slots: settings.slots, logger: logger),
            artefactFolder: environment.artefactFolder, console: console, logger: logger
        ).run()
    }
}
