// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWire

/// `cove watch`: follows a run that is performed elsewhere.
struct WatchCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a run until it is over.",
        discussion: """
            Shows a progress line on a terminal, and a line for each change elsewhere. Results are written only where --output \
            asks for them. The exit code is that of the run: 0 when every task succeeded. Ctrl-C ends the watching, not the run.
            """)

    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .none)
        let (console, logger) = console.resolve(&reader, environment)
        let place = place.resolve(&reader, environment, console, logger)
        try reader.check()
        guard let place else { return }
        try await place.withRun(named: run) { id, service in
            if let record = try await service.run(id) {
                console.note("cove: run \(id) · \(record.specification.function.summary)")
            }
            try await RunSession(
                run: id, service: service, place: place, console: console, output: output, interruption: .leaves,
                tellsChanges: true
            ).perform()
        }
    }
}
