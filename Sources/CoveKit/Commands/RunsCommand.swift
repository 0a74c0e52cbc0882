// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCoordinator
import CoveCore

/// `cove runs`: the local runs, newest first.
struct RunsCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List the local runs, newest first.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var store: StoreOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        let folders = store.resolve(&reader, environment)
        try reader.check()
        guard let folders else { return }
        var summaries: [RunSummary] = []
        for id in try folders.runs() {
            if let summary = await RunSummary(id, in: folders) { summaries.append(summary) }
        }
        summaries.sort { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        try await output.write(report: RunSummary.report(summaries))
    }
}
