// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore

/// `cove show`: what is known of a run.
struct ShowCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a run does and where it stands.")

    @Argument(help: .init("The run's id, or the beginning of it.", valueName: "run"))
    var run: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        let folders = store.resolve(&reader, environment)
        try reader.check()
        guard let folders else { return }
        let id = try folders.run(named: run)
        let (store, record) = try await folders.open(id)
        try await store.close()
        try await output.write(report: RunDescription(record, in: folders).report)
    }
}
