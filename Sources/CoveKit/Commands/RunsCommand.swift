// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cove runs`: all runs, newest first.
struct RunsCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the local runs, or those of a coordinator, newest first.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        let (console, logger) = console.resolve(&reader, environment)
        let place = place.resolve(&reader, environment, console, logger)
        try reader.check()
        guard let place else { return }
        let summaries = try await place.summaries().sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        try await output.write(report: RunSummary.report(summaries))
    }
}
