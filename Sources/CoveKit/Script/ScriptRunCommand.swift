// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWorker

/// `cove script-run`: performs the run that a call of a script's decorated function stands for. Scripts start it, people do not.
///
/// It reads the call from standard input, has the script's process forked for every task by the socket `--host`, and writes the
/// results and how it ended to standard output, which is a file.
struct ScriptRunCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "script-run", abstract: "Perform a run for a script that cove python started.",
        shouldDisplay: false)

    @Option(name: .long, help: "The descriptor of the socket to the script's process.") var host: Int32?
    @Option(name: .long, help: "The script's file.") var script: String
    @Option(name: .long) var duration: String?
    @Option(name: .long) var taskTimeout: String?
    @Flag(name: .long, inversion: .prefixedNo) var atMostOnce: Bool?
    @OptionGroup var slots: SlotOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        let errors = DirectoryErrors()
        do {
            try await request(environment, errors).start()
        } catch {
            let ending = CommandFailure(error)
            let failure = errors.error(saying: ending.lines) ?? error
            let end = ScriptEnd(
                problems: ending.lines, failure: failure is CommandFailure ? nil : Failure(describing: failure))
            _ = end.write(to: .standardOutput)
            // The script raises the rest as exceptions; an interruption has no text there.
            throw CommandFailure(ending.status, ending.status == .interrupted ? Array(ending.lines.prefix(1)) : [])
        }
        _ = ScriptEnd(problems: []).write(to: .standardOutput)
    }

    /// The run that is asked for.
    private func request(_ environment: ProcessEnvironment, _ errors: DirectoryErrors) throws -> RunRequest {
        var reader = SettingReader(variables: environment.variables)
        let call = try ScriptCall.read(from: .standardInput)
        let request = RunRequest(environment, self, call, errors, &reader)
        try reader.check()
        return request
    }
}
