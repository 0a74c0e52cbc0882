// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Writes a run's results as a reader gives them, a page at a time, so that memory does not grow with the run.
struct ResultWriter {
    private static let pageSize = 256
    let reader: any RunReader
    let run: RunID
    let sink: OutputSink
    let format: OutputFormat
    /// The width of a table in columns; nil where lines may be as long as they like.
    let tableWidth: Int?
    private let written = WrittenTasks()

    init(reader: any RunReader, run: RunID, sink: OutputSink, format: OutputFormat, tableWidth: Int?) {
        self.reader = reader
        self.run = run
        self.sink = sink
        self.format = format
        self.tableWidth = tableWidth
    }

    /// Writes all results in the chosen form.
    func writeAll() async throws {
        switch format {
        case .json: try await writeJSON()
        case .ndjson:
            guard let record = try await reader.run(run) else { break }
            written.begin(record)
            var last: Int64 = 0
            while let next = try await writeSettled(of: record, after: last) { last = next }
            try await writeNotRun()
        case .table: try await TableWriter(self).write()
        case .none: break
        }
        await sink.flush()
    }

    /// The entries of a list in plan order, page by page.
    ///
    /// What has settled since the other lists were written stands in `notRun`: every task has its entry, and has it once.
    func entries(_ list: OutputEntry.List, _ body: ([OutputEntry]) async throws -> Void) async throws {
        guard let record = try await reader.run(run) else { return }
        func write(_ states: [TaskState]) async throws {
            var cursor = TaskCursor.start
            while sink.problem == nil {
                let page = try await reader.tasks(of: run, in: states, after: cursor, limit: Self.pageSize)
                if page.tasks.isEmpty { break }
                try await body(written.adding(page.tasks).map { OutputEntry($0, of: record, in: list) })
                await sink.flush()
                cursor = page.next
            }
        }
        try await write(list.states)
        guard list == .notRun else { return }
        if let total = try await reader.run(run)?.counts.total, written.isIncomplete(total) {
            try await write(TaskState.allCases)
        }
        let skipped = try await reader.skippedAccounts(of: run)
        if !skipped.isEmpty { try await body(skipped.map { OutputEntry($0, of: record) }) }
    }

    // MARK: json

    /// One object; an entry a line, so that it can be read by people and line tools too.
    private func writeJSON() async throws {
        guard let record = try await reader.run(run) else { return }
        written.begin(record)
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

    /// Writes a page of the outcomes that came after the given one.
    ///
    /// - Returns: the number of the last; nil when there are no more for now.
    func writeSettled(of record: RunRecord, after sequence: Int64) async throws -> Int64? {
        guard sink.problem == nil, !Task.isCancelled else { return nil }
        let page = try await reader.outcomes(of: run, after: sequence, limit: Self.pageSize)
        if page.next == sequence { return nil }
        line(written.adding(page.tasks).map { OutputEntry($0, of: record) })
        await sink.flush()
        return page.next
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

/// The tasks that were written of a run that goes on meanwhile.
///
/// Of one that is complete nothing changes, and nothing is kept.
private final class WrittenTasks {
    private var ids: Set<TaskID> = []
    private var isKept = false

    func begin(_ run: RunRecord) { isKept = run.state != .completed }

    /// Whether a run of so many tasks has some that were not written.
    func isIncomplete(_ total: Int) -> Bool { isKept && ids.count < total }

    /// Those of the tasks that were not written before.
    func adding(_ tasks: [TaskRecord]) -> [TaskRecord] {
        isKept ? tasks.filter { ids.insert($0.id).inserted } : tasks
    }
}
