// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWire

/// `cove show`: what is known of a run.
struct ShowCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a run does and where it stands.")

    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
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
        let snapshot = try await place.withRun(named: run) { id, service in
            guard let snapshot = try await service.snapshot(of: id, after: nil) else {
                throw RequestFailure.forgotten(id)
            }
            return snapshot
        }
        let standing = RunStanding(snapshot.record, status: snapshot.status)
        try await output.write(
            report: RunDescription(record: snapshot.record, standing: standing, place: place).report)
    }
}
