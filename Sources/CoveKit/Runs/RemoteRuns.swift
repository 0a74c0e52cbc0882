// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// The runs of a coordinator on the network.
struct RemoteRuns: RunPlace {
    let connection: CoordinatorConnection
    let console: Console
    let logger: Logger

    var isRemote: Bool { true }

    func command(_ verb: String, _ run: RunID) -> String { connection.command(verb, run) }

    /// Connects, and calls `body` with the coordinator.
    ///
    /// - Throws: `LinkError` when it cannot be reached or refuses; what `body` throws. A coordinator that is lost in the middle is
    ///   waited for.
    func withService<Result: Sendable>(_ body: (any RunService) async throws -> Result) async throws -> Result {
        for warning in connection.warnings { console.say("cove: warning: \(warning)") }
        let notes = LinkNotes(console)
        return try await CoordinatorClient.with(
            connection.connector(logger: logger), logger: logger, tell: { notes.note($0) }
        ) { try await body($0) }
    }

    func summaries() async throws -> [RunSummary] {
        try await withService { try await $0.runs() }.map { RunSummary($0) }
    }

    func withRun<Result: Sendable>(
        named name: String, _ body: (RunID, any RunService) async throws -> Result
    ) async throws -> Result {
        try await withService { service in
            try await body(try await run(named: name, of: service), service)
        }
    }

    func forget(_ name: String, isForced: Bool) async throws -> RunID {
        try await withRun(named: name) { run, service in
            try await service.forget(run)
            return run
        }
    }

    /// The run that a user names; a whole id is asked for alone, so that not all runs travel.
    private func run(named name: String, of service: any RunService) async throws -> RunID {
        if let id = RunID(name), try await service.run(id) != nil { return id }
        return try RunName(name).find(
            among: try await service.runs().map(\.id), "with the coordinator at \(connection.place)",
            listing: ([Program.current.name, "runs"] + connection.arguments).joined(separator: " "))
    }
}
