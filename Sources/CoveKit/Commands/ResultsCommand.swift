// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// `cove results`: the results of a run, as far as they are there.
struct ResultsCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Write the results of a run, as far as they are there.")

    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment)
        let (console, logger) = console.resolve(&reader, environment)
        let place = place.resolve(&reader, environment, console, logger)
        try reader.check()
        try await place?.withRun(named: run) { id, service in
            try await output.write(id, of: service, keptFor: place?.command("results", id) ?? "")
        }
    }
}
