// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// `cove forget`: removes runs with their results.
struct ForgetCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Remove runs that are over, with all their results.",
        discussion:
            "Nothing is asked, and nothing brings them back. Each run is removed by itself, also when another cannot be."
    )

    @Argument(help: .init("The runs' ids, or the beginnings of them.", valueName: "run"))
    var runs: [String]
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("force", "Also remove a local run that was interrupted and could be gone on with."))
    var force: Bool?
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let (console, logger) = console.resolve(&reader, environment)
        let place = place.resolve(&reader, environment, console, logger)
        let isForced = reader.flag(force, "force")
        if force == true, place?.isRemote == true {
            reader.add(problem: "--force was given with a coordinator: cancel the run first, then forget it")
        }
        try reader.check()
        guard let place else { return }
        var failures: [CommandFailure] = []
        for name in runs {
            do {
                let id = try await place.forget(name, isForced: isForced)
                if !console.isQuiet { console.say("cove: run \(id) is removed") }
            } catch {
                failures.append(CommandFailure(error))
            }
        }
        guard let first = failures.first else { return }
        throw CommandFailure(first.status, failures.flatMap(\.lines))
    }
}
