// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWire

/// `cove workers`: who works for a coordinator.
struct WorkersCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "List the workers of a coordinator, and what each may do.",
        discussion: """
            STATE is serving (takes tasks), draining (finishes what runs) or away (its connection ended while it had tasks; \
            they are given to others unless it comes back). An account with ! is not the coordinator's.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Coordinator") var connection: ConnectionOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        let (console, logger) = console.resolve(&reader, environment)
        if !connection.isGiven(reader) {
            reader.add(problem: "workers are those of a coordinator: name it with --coordinator")
        }
        let connection = connection.resolve(&reader)
        try reader.check()
        guard let connection else { return }
        let remote = RemoteRuns(connection: connection, console: console, logger: logger)
        let report = try await remote.withService { service in
            let workers = try await service.workers()
            // The coordinator's own account is known by the runs that it has planned.
            let account = try await service.runs().reversed().lazy.compactMap(\.callingAccount).first
            return WorkerReport(workers: workers, callingAccount: account)
        }
        try await output.write(report: report.report)
    }
}
