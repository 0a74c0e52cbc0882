// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire

/// Writes a run's results out of its store, a page at a time, so that memory does not grow with the run.
struct ResultWriter {
    private static let pageSize = 256
    let store: any TaskStore
    let run: RunID
    let sink: OutputSink
    let format: OutputFormat
    /// The width of a table in columns; nil where lines may be as long as they like.
    let tableWidth: Int?

    /// Writes all results in the chosen form.
    func writeAll() async throws {
        switch format {
        case .json: try await writeJSON()
        case .ndjson:
            _ = try await writeSettled(after: 0)
            try await writeNotRun()
        case .table: try await TableWriter(self).write()
        case .none: break
        }
        await sink.flush()
    }

    /// The entries of a list in plan order, page by page.
    func entries(_ list: OutputEntry.List, _ body: ([OutputEntry]) async throws -> Void) async throws {
        guard let record = try await store.run(run) else { return }
        var cursor = TaskCursor.start
        while sink.problem == nil {
            let page = try await store.tasks(of: run, in: list.states, after: cursor, limit: Self.pageSize)
            if page.tasks.isEmpty { break }
            try await body(page.tasks.map { OutputEntry($0, of: record) })
            await sink.flush()
            cursor = page.next
        }
        guard list == .notRun else { return }
        let skipped = try await store.skippedAccounts(of: run)
        if !skipped.isEmpty { try await body(skipped.map { OutputEntry($0, of: record) }) }
    }

    // MARK: json

    /// One object; an entry a line, so that it can be read by people and line tools too.
    private func writeJSON() async throws {
        sink.write("{".utf8)
        for list in OutputEntry.List.allCases {
            var count = 0
            let opening = (list == .results ? "\n" : ",\n") + "\"\(list.rawValue)\": ["
            if list != .notRun { sink.write(opening.utf8) }
            var writer = JSONWriter()
            try await entries(list) { entries in
                for entry in entries {
                    if count == 0, list == .notRun { sink.write(opening.utf8) }
                    sink.write((count == 0 ? "\n" : ",\n").utf8)
                    writer.reset()
                    entry.write(to: &writer, outcomeFirst: false)
                    sink.write(writer.bytes)
                    count += 1
                }
            }
            if count > 0 { sink.write("\n]".utf8) } else if list != .notRun { sink.write("]".utf8) }
        }
        sink.write("\n}\n".utf8)
    }

    // MARK: ndjson

    /// Writes the outcomes that came after the given one; returns the number of the last.
    func writeSettled(after sequence: Int64) async throws -> Int64 {
        var last = sequence
        guard let record = try await store.run(run) else { return last }
        while sink.problem == nil {
            let page = try await store.outcomes(of: run, after: last, limit: Self.pageSize)
            if page.next == last { break }
            line(page.tasks.map { OutputEntry($0, of: record) })
            last = page.next
            await sink.flush()
            if Task.isCancelled { break }
        }
        return last
    }

    /// Writes the tasks that did not run.
    func writeNotRun() async throws {
        try await entries(.notRun) { line($0) }
        await sink.flush()
    }

    private func line(_ entries: [OutputEntry]) {
        var writer = JSONWriter()
        for entry in entries {
            writer.reset()
            entry.write(to: &writer, outcomeFirst: true)
            // A result keeps its bytes but for line ends: between its tokens a space means the same.
            if writer.bytes.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
                sink.write(writer.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
            } else {
                sink.write(writer.bytes)
            }
            sink.write(CollectionOfOne(UInt8(ascii: "\n")))
        }
    }
}
