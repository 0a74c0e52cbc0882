// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore

/// `cove results`: the results of a run, as far as they are there.
struct ResultsCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Write the results of a run, as far as they are there.")

    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment)
        let folders = store.resolve(&reader, environment)
        try reader.check()
        guard let folders else { return }
        let id = try folders.run(named: run)
        let (store, _) = try await folders.open(id)
        try await output.write(id, of: store, keptFor: folders.command("results", id))
        try await store.close()
    }
}
