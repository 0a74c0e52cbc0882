// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Writes the results of a run that is under way: `ndjson` as tasks settle, the other forms at the end.
actor SettledWriter {
    private let target: OutputTarget
    private let reader: any RunReader
    private let run: RunID
    private let command: String
    private var open: OpenOutput?
    private var last: Int64 = 0

    /// - Parameter command: what writes the results again, should they not get through.
    init(_ target: OutputTarget, reader: any RunReader, run: RunID, keptFor command: String) {
        self.command = command
        self.target = target
        self.reader = reader
        self.run = run
    }

    /// Writes outcomes as they come, until cancelled.
    ///
    /// - Parameter changes: ticks whenever something changed about the run.
    func follow(_ changes: AsyncStream<Void>) async {
        guard target.format == .ndjson else { return }
        for await _ in changes {
            // What cannot be written now is written, or told, at the end.
            do { try await writeSettled() } catch { return }
        }
    }

    /// Writes what is left.
    ///
    /// - Throws: `CommandFailure` when the output could not be written; the results are kept with the run.
    func finish() async throws {
        guard target.format == .ndjson else { return try await target.write(run, of: reader, keptFor: command) }
        try await writeSettled()
        let output = try opened()
        try await writer(output).writeNotRun()
        try await output.commit(keptFor: command)
    }

    private func writeSettled() async throws {
        guard let record = try await reader.run(run) else { return }
        while let next = try await writer(opened()).writeSettled(of: record, after: last) { last = next }
    }

    private func opened() throws -> OpenOutput {
        if let open { return open }
        let opened = try target.open()
        open = opened
        return opened
    }

    private func writer(_ output: OpenOutput) -> ResultWriter {
        ResultWriter(reader: reader, run: run, sink: output.sink, format: .ndjson, tableWidth: nil)
    }
}
