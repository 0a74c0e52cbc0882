// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore

/// `cove resume`: goes on with a run that was interrupted or whose process died.
struct ResumeCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a run that was interrupted; what is recorded is not run again.",
        discussion:
            "A plan that was not finished is made again. The run does what it was made to do: only slots and output can be chosen anew."
    )

    @OptionGroup var options: ContinuationOptions

    func run(in environment: ProcessEnvironment) async throws {
        try await options.perform(in: environment) { _, record in
            record.state == .completed ? "run \(record.id) is complete: nothing is left to do" : nil
        }
    }
}

/// `cove retry`: runs again what did not succeed.
struct RetryCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Run the tasks of a run again that did not succeed, and those that never ran.")

    @OptionGroup var options: ContinuationOptions

    func run(in environment: ProcessEnvironment) async throws {
        try await options.perform(in: environment) { store, record in
            let again = try await store.retry(record.id)
            let isComplete = again == 0 && record.state == .completed
            return isComplete ? "run \(record.id) has no task that did not succeed: nothing is left to do" : nil
        }
    }
}
