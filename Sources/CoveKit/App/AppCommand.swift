// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The root of the command line of a program with functions of its own.
struct AppCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        let program = Program.current
        return CommandConfiguration(
            commandName: program.name,
            abstract: "Runs its functions in every account and region of an AWS Organization.",
            discussion: """
                `\(program.name) functions` lists them. Every option has a variable: --role-name is COVE_ROLE_NAME. An argument wins \
                over its variable, and that over what stands in the function's @Cove.
                Exit codes: 0 every task succeeded, 1 some did not, 2 the request is wrong, 3 it could not start or go on, \
                130 interrupted.
                """,
            version: "\(program.name), with cove \(CoveVersion.current)",
            subcommands: [RunCommand.self, FunctionsCommand.self] + CoveCommand.configuration.subcommands)
    }
}
