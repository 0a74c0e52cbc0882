// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore

/// Writes the results of a run that is under way: `ndjson` as tasks settle, the other forms at the end.
actor SettledWriter {
    private let target: OutputTarget
    private let store: any TaskStore
    private let run: RunID
    private let command: String
    private var open: OpenOutput?
    private var last: Int64 = 0

    /// - Parameter command: what writes the results again, should they not get through.
    init(_ target: OutputTarget, store: any TaskStore, run: RunID, keptFor command: String) {
        self.command = command
        self.target = target
        self.store = store
        self.run = run
    }

    /// Writes outcomes as they come, until cancelled.
    func follow(_ controls: Controls) async {
        guard target.format == .ndjson else { return }
        for await _ in controls.changes {
            // What cannot be written now is written, or told, at the end.
            do { try await writeSettled() } catch { return }
        }
    }

    /// Writes what is left.
    ///
    /// - Throws: `CommandFailure` when the output could not be written; the results are in the store.
    func finish() async throws {
        guard target.format == .ndjson else { return try await target.write(run, of: store, keptFor: command) }
        try await writeSettled()
        let output = try opened()
        try await writer(output).writeNotRun()
        try await output.commit(keptFor: command)
    }

    private func writeSettled() async throws {
        last = try await writer(opened()).writeSettled(after: last)
    }

    private func opened() throws -> OpenOutput {
        if let open { return open }
        let opened = try target.open()
        open = opened
        return opened
    }

    private func writer(_ output: OpenOutput) -> ResultWriter {
        ResultWriter(store: store, run: run, sink: output.sink, format: .ndjson, tableWidth: nil)
    }
}
