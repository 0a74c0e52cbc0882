// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore

/// A run in a line of `cove runs`.
struct RunSummary {
    let id: RunID
    /// The run, where its store could be opened.
    let record: RunRecord?
    /// What is said of it: its state, or why its store could not be opened.
    let state: String

    /// When the run was made; for one that could not be opened as early in its second as can be.
    var createdAt: Timestamp { record?.createdAt ?? id.startedAt }

    /// Looks at a run; a store that another process has open is a run that is being run.
    ///
    /// Nil for a folder whose process died before it had made a run.
    init?(_ id: RunID, in folders: RunFolders) async {
        self.id = id
        do {
            let (store, record) = try await folders.open(id)
            try await store.close()
            self.record = record
            state = Self.state(of: record)
        } catch let error as StoreError where error.code == .notFound {
            return nil
        } catch let error as StoreError {
            record = nil
            state = error.code == .inUse ? "running" : "unreadable: \(error.message)"
        } catch {
            record = nil
            state = "unreadable: \(error)"
        }
    }

    /// A run's state for people: one that nobody runs and that is not complete can be resumed.
    static func state(of record: RunRecord) -> String {
        record.state == .completed ? "completed" : "interrupted"
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
