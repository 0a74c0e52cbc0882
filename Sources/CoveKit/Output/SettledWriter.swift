// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore

/// Writes the results of a run that is under way: `ndjson` as tasks settle, the other forms at the end.
actor SettledWriter {
    private let target: OutputTarget
    private let store: any TaskStore
    private let run: RunID
    private let command: String
    private var open: (sink: OutputSink, commit: () throws -> Void)?
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
        let (sink, commit) = try opened()
        try await writer(sink).writeNotRun()
        try commit()
        try OutputTarget.check(sink, keptFor: command)
    }

    private func writeSettled() async throws {
        let (sink, _) = try opened()
        last = try await writer(sink).writeSettled(after: last)
    }

    private func opened() throws -> (sink: OutputSink, commit: () throws -> Void) {
        if let open { return open }
        let opened = try target.open()
        open = opened
        return opened
    }

    private func writer(_ sink: OutputSink) -> ResultWriter {
        ResultWriter(store: store, run: run, sink: sink, format: .ndjson, tableWidth: nil)
    }
}
