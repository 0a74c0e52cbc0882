// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import Logging

/// The options that say where runs are: in a folder of this machine, or with a coordinator.
struct PlaceOptions: ParsableArguments {
    @OptionGroup var store: StoreOptions
    @OptionGroup(title: "Coordinator") var connection: ConnectionOptions

    /// The place; nil, with a problem, when there is none to be told.
    func resolve(
        _ reader: inout SettingReader, _ environment: ProcessEnvironment, _ console: Console, _ logger: Logger
    ) -> (any RunPlace)? {
        // Without a coordinator its options are of no use, which is left with the reader.
        let connected = connection.resolve(&reader)
        guard connection.isGiven(reader) else {
            var folders = store.resolve(&reader, environment)
            folders?.logger = logger
            return folders
        }
        if store.store != nil {
            reader.add(problem: "--store was given with a coordinator: a coordinator keeps runs in its own store")
        }
        return connected.map { RemoteRuns(connection: $0, console: console, logger: logger) }
    }
}

extension ConnectionOptions {
    /// Whether a coordinator was named, well or not.
    func isGiven(_ reader: SettingReader) -> Bool { reader.text(coordinator, "coordinator") != nil }
}

/// Whether a command ends when a run was handed over.
struct DetachOptions: ParsableArguments {
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: .setting("detach", "Hand the run over to the coordinator, print its id, and end."))
    var detach: Bool?

    /// Whether to detach; without a coordinator, or with a file for results, that is a problem.
    func resolve(_ reader: inout SettingReader, _ place: (any RunPlace)?, _ output: OutputOptions) -> Bool {
        guard reader.flag(detach, "detach") else { return false }
        if place?.isRemote == false {
            reader.add(problem: "--detach was given without --coordinator: a local run ends with its process")
        }
        if output.output != nil || output.outputFile != nil {
            reader.add(
                problem: "--output or --output-file was given with --detach: no results are written then; "
                    + "\(Program.current.name) results writes them later")
        }
        return true
    }
}
