// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cove resume`: goes on with a run that was interrupted, cancelled, or whose process died.
struct ResumeCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run that was stopped; what is recorded is not run again.",
        discussion:
            "A plan that was not finished is made again. The run does what it was made to do: only slots and output can be chosen anew."
    )

    @OptionGroup var options: ContinuationOptions

    func run(in environment: ProcessEnvironment) async throws { try await options.perform(.resume, in: environment) }
}

/// `cove retry`: runs again what did not succeed.
struct RetryCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Run the tasks of a run again that did not succeed, and those that never ran.")

    @OptionGroup var options: ContinuationOptions

    func run(in environment: ProcessEnvironment) async throws { try await options.perform(.retry, in: environment) }
}
