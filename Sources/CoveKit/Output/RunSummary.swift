// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// A run in a line of `cove runs`.
struct RunSummary {
    let id: RunID
    /// The run, where it could be read.
    let record: RunRecord?
    /// What is said of it: its state, or why it could not be read.
    let state: String

    /// When the run was made; for one that could not be read as early in its second as can be.
    var createdAt: Timestamp { record?.createdAt ?? id.startedAt }

    /// A run that was read.
    init(_ record: RunRecord, status: RunStatus? = nil) {
        id = record.id
        self.record = record
        state = RunStanding(record, status: status).state.rawValue
    }

    /// A run that could not be read.
    init(_ id: RunID, state: String) {
        self.id = id
        record = nil
        self.state = state
    }

    static func report(_ runs: [RunSummary]) -> Report {
        let rows = runs.map(\.row)
        let values = runs.map(\.json)
        return Report(
            lines: { width in
                guard !rows.isEmpty else { return ["there are no runs"] }
                let table = TextTable(headings: headings, sample: rows, width: width)
                return [table.heading] + rows.map { table.line($0) }
            },
            json: JSONText(array: values), values: values)
    }

    private static let headings = ["RUN", "STATE", "TASKS", "OK", "FAILED", "FUNCTION"]

    private var row: [String] {
        guard let record else { return [id.rawValue, state, "", "", "", ""] }
        return [
            id.rawValue, state, "\(record.counts.total)", "\(record.counts.succeeded)", "\(record.counts.unsuccessful)",
            record.specification.function.summary,
        ]
    }

    private var json: JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("Run", id.rawValue)
        writer.member("State", state)
        if let record {
            writer.member("CreatedAt", record.createdAt.description)
            writer.write(record.counts)
            writer.member("Function", record.specification.function.summary)
        }
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }
}

extension JSONWriter {
    /// Writes the member that says how many tasks stand where.
    mutating func write(_ counts: RunCounts) {
        key("Tasks")
        beginObject()
        member("Total", counts.total)
        member("Succeeded", counts.succeeded)
        member("Failed", counts.failed)
        member("RoleNotAssumed", counts.roleNotAssumed)
        member("NotRun", counts.ready + counts.leased)
        member("Running", counts.leased)
        endObject()
    }
}

extension JSONText {
    /// An array of values.
    init(array values: [JSONText]) {
        var writer = JSONWriter()
        writer.beginArray()
        for value in values { writer.value(value) }
        writer.endArray()
        self.init(trusted: writer.bytes)
    }
}
