// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Writes a run's results as a table: a line a task, in plan order, failures included.
struct TableWriter {
    private static let headings = ["ACCOUNT", "NAME", "REGION", "OUTCOME", "RESULT"]
    private let results: ResultWriter

    init(_ results: ResultWriter) { self.results = results }

    func write() async throws {
        guard let record = try await results.reader.run(results.run) else { return }
        var layout: TextTable?
        var cursor = TaskCursor.start
        while results.sink.problem == nil {
            let page = try await results.reader.tasks(
                of: results.run, in: TaskState.allCases, after: cursor, limit: 256)
            if page.tasks.isEmpty { break }
            layout = write(page.tasks.map { OutputEntry($0, of: record) }, layout)
            cursor = page.next
            await results.sink.flush()
        }
        let skipped = try await results.reader.skippedAccounts(of: results.run)
        if !skipped.isEmpty { layout = write(skipped.map { OutputEntry($0, of: record) }, layout) }
    }

    /// The columns' widths come from the first page; later cells that are wider are cut.
    private func write(_ entries: [OutputEntry], _ layout: TextTable?) -> TextTable {
        let rows = entries.map { Self.row($0) }
        let table =
            layout
            ?? TextTable(headings: Self.headings, sample: rows, width: results.tableWidth, widest: [12, 28, 24, 14])
        if layout == nil { results.sink.line(table.heading) }
        for row in rows { results.sink.line(table.line(row)) }
        return table
    }

    private static func row(_ entry: OutputEntry) -> [String] {
        let information = entry.information
        let detail: String =
            if let failure = information.failure {
                [failure.code, failure.message].compactMap { $0 }.joined(separator: ": ")
            } else if let result = information.result {
                plain(result)
            } else {
                entry.reason ?? ""
            }
        return [
            information.account.id.rawValue, information.account.name ?? "", information.region?.rawValue ?? "",
            entry.outcome, detail,
        ]
    }

    /// A result as people read it: text without its quotes, anything else as JSON.
    private static func plain(_ result: JSONText) -> String {
        guard result.utf8.first == UInt8(ascii: "\"") else { return result.text }
        return result.stringValue ?? result.text
    }
}
