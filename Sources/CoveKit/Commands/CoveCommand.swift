// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The root of the command line.
struct CoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cove",
        abstract: "Runs one function in every account and region of an AWS Organization.",
        discussion: """
            Every option has a variable: --role-name is COVE_ROLE_NAME. An argument wins over its variable.
            Exit codes: 0 every task succeeded, 1 some did not, 2 the request is wrong, 3 it could not start or go on, \
            130 interrupted.
            """,
        version: "cove \(CoveVersion.current)",
        subcommands: [
            CallCommand.self, ExecCommand.self, PythonCommand.self, PlanCommand.self, RunsCommand.self,
            ShowCommand.self,
            WatchCommand.self, ResultsCommand.self, ResumeCommand.self, RetryCommand.self, CancelCommand.self,
            ForgetCommand.self,
            WorkersCommand.self, CoordinatorCommand.self, WorkerCommand.self, CertsCommand.self, ModelsCommand.self,
            ScriptRunCommand.self,
        ])
}

/// The version of this program.
enum CoveVersion {
    static let current = "0.1.0"
}

/// A command that does something, given what the program finds around itself.
protocol EnvironmentCommand: ParsableCommand {
    /// - Throws: `CommandFailure`, or an error that becomes one.
    func run(in environment: ProcessEnvironment) async throws
}
