// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// Reading tasks and outcomes, a page at a time.
extension StoreConnection {
    /// How many rows one call looks at, so that writers do not wait for it; a page that found nothing in them is continued.
    static let scanLimit = 4_096
    /// How many bytes of results a page may hold, one result more than that at most.
    static let pageSize = 8 * 1_024 * 1_024

    /// Tasks in plan order after a place, and whether there are no more.
    func tasks(
        of id: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) throws -> (page: TaskPage, isEnd: Bool) {
        let run = try run(id)
        let mask = states.reduce(Int64(0)) { $0 | 1 << Int64($1.rawValue) }
        let select = statements.taskPage
        select.bind(run.row, at: 1)
        select.bind(cursor.account, at: 2)
        select.bind(cursor.region, at: 3)
        select.bind(mask, at: 4)
        // Without a filter every row counts, so that no more of them are looked up than are wanted.
        select.bind(states.count == TaskState.allCases.count ? min(limit, Self.scanLimit) : Self.scanLimit, at: 5)
        var page = TaskPage(tasks: [], next: cursor)
        var bytes = 0
        var rows = 0
        try select.forEachRow { row in
            rows += 1
            page.next = TaskCursor(account: Int(row.integer(1)), region: Int(row.integer(2)))
            guard mask >> row.integer(3) & 1 == 1 else { return true }
            page.tasks.append(try readTask(row, of: run, &bytes))
            return page.tasks.count < limit && bytes < Self.pageSize
        }
        return (page, rows == 0)
    }

    /// Outcomes in the order of settling after a number, and whether there are no more for now.
    ///
    /// Only a task's newest outcome counts, and not when the task is to be tried again.
    func outcomes(of id: RunID, after sequence: Int64, limit: Int) throws -> (page: OutcomePage, isEnd: Bool) {
        let run = try run(id)
        let select = statements.outcomePage
        select.bind(run.row, at: 1)
        select.bind(sequence, at: 2)
        select.bind(min(limit, Self.scanLimit), at: 3)
        var page = OutcomePage(tasks: [], next: sequence)
        var bytes = 0
        var rows = 0
        try select.forEachRow { row in
            rows += 1
            page.next = row.integer(12)
            guard row.integer(12) == row.integer(13), try readState(row.integer(3)).isSettled else { return true }
            page.tasks.append(try readTask(row, of: run, &bytes))
            return page.tasks.count < limit && bytes < Self.pageSize
        }
        return (page, rows == 0)
    }

    private func readTask(_ row: StoreStatement, of run: StoredRun, _ bytes: inout Int) throws -> TaskRecord {
        let id = TaskID(row.integer(0))
        let region = Int(row.integer(2))
        guard run.regions.indices.contains(region) else {
            throw StoreError(
                .damaged, "\(path) has a task of run \(run.id) in region \(region), which its specification lacks")
        }
        let state = try readState(row.integer(3))
        let outcome = state.isSettled ? try readOutcome(row, of: id, state, &bytes) : nil
        return TaskRecord(
            id: id, account: try account(row.integer(1), of: run), region: run.regions[region], state: state,
            attempts: Int(row.integer(4)), wasInterrupted: row.integer(5) == 1, outcome: outcome,
            startedAt: outcome == nil ? nil : row.optionalInteger(9).map(Timestamp.init(milliseconds:)),
            durationMilliseconds: outcome == nil ? nil : row.optionalInteger(10),
            worker: outcome == nil ? nil : row.text(11))
    }

    private func readOutcome(
        _ row: StoreStatement, of task: TaskID, _ state: TaskState, _ bytes: inout Int
    ) throws -> Outcome {
        guard row.optionalInteger(6) == Int64(state.rawValue) else {
            throw StoreError(
                .damaged, "\(path) has no outcome of the settled task \(task.rawValue): restore it from a copy")
        }
        if state == .succeeded {
            guard let result = row.array(7) else { return .succeeded(nil) }
            bytes += result.count
            return .succeeded(JSONText(trusted: result))
        }
        let text = row.array(8) ?? []
        bytes += text.count
        do {
            let failure = try JSONDecoder().decode(Failure.self, from: Data(text))
            return state == .failed ? .failed(failure) : .roleNotAssumed(failure)
        } catch {
            throw StoreError(.damaged, "\(path) has a failure of task \(task.rawValue) that cannot be read (\(error))")
        }
    }
}
