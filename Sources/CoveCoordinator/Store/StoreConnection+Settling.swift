// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Settling tasks: every outcome passes here.
extension StoreConnection {
    func settle(_ reports: [AttemptReport], worker: String, now: Timestamp) throws -> SettlementResult {
        var result = SettlementResult(verdicts: [])
        result.verdicts.reserveCapacity(reports.count)
        var number: Int64?
        for report in reports {
            let verdict = try withHeldTask(of: report.token) { task, run in
                let workerNumber = try number ?? self.number(ofWorker: worker)
                number = workerNumber
                let settlement = Settlement(
                    report.outcome, now, startedAt: report.startedAt, durationMilliseconds: report.durationMilliseconds,
                    worker: workerNumber)
                try settle(task, of: run, settlement, into: &result)
            }
            result.verdicts.append(verdict)
        }
        return result
    }

    /// Calls `body` with a token's task when the token is that of the lease that holds it; otherwise says what it is instead.
    func withHeldTask(
        of token: LeaseToken, _ body: (StoredTask, StoredRun) throws -> Void
    ) throws -> ReportVerdict {
        guard let task = try task(token.task), let run = try usableRun(ofRow: task.run) else { return .unknown }
        guard task.isHeld(by: token) else {
            return try wasSettled(task, by: token) ? .duplicate : .stale
        }
        try body(task, run)
        return .applied
    }

    /// Records an outcome and ends its lease; completes the run when it was the last, and stops it where it is to raise its first
    /// failure: in this transaction, so that no task is granted after it, nor after a crash.
    func settle(
        _ task: StoredTask, of run: StoredRun, _ settlement: Settlement, into result: inout SettlementResult
    ) throws {
        let state = settlement.outcome.state
        let sequence = try insert(settlement, of: task)
        let settle = statements.settleTask
        settle.bind(task.id.rawValue, at: 1)
        settle.bind(task.epoch, at: 2)
        settle.bind(task.generation, at: 3)
        settle.bind(state.rawValue, at: 4)
        settle.bind(sequence, at: 5)
        guard try settle.run() == 1 else { throw disagreement(task.id) }
        change(run) {
            $0.counts.leased -= 1
            $0.counts[state] += 1
        }
        if state != .succeeded, run.specification.raisesException, run.stopReason == nil {
            try stop(run, because: .raisedException(task.id))
            result.stoppedRuns.append(run.id)
        }
        if run.progress.state == .planned, run.progress.counts.ready + run.progress.counts.leased == 0 {
            change(run) { $0.state = .completed }
            result.completedRuns.append(run.id)
        }
    }

    /// What is thrown when a row that was just read is not what it was: nobody else writes, so the file or SQLite is broken.
    func disagreement(_ task: TaskID) -> StoreError {
        StoreError(.failed, "\(path): task \(task.rawValue) changed within a transaction; nothing of it was recorded")
    }

    private func task(_ id: TaskID) throws -> StoredTask? {
        statements.taskByID.bind(id.rawValue, at: 1)
        return try statements.taskByID.firstRow { row in
            StoredTask(
                id: id, run: row.integer(1), region: Int(row.integer(2)), state: try readState(row.integer(3)),
                epoch: row.integer(4), generation: row.integer(5), losses: Int(row.integer(6)),
                deferrals: Int(row.integer(7)), outcome: row.optionalInteger(8))
        }
    }

    func readState(_ value: Int64) throws -> TaskState {
        guard let state = TaskState(rawValue: Int(value)) else {
            throw StoreError(.damaged, "\(path) has a task in an unknown state \(value): restore it from a copy")
        }
        return state
    }

    /// Whether the token settled the task before, perhaps before a retry.
    private func wasSettled(_ task: StoredTask, by token: LeaseToken) throws -> Bool {
        var sequence = task.outcome
        while let number = sequence {
            statements.outcomeToken.bind(number, at: 1)
            let found = try statements.outcomeToken.firstRow { row in
                (
                    isToken: row.integer(0) == token.epoch && row.integer(1) == token.generation,
                    previous: row.optionalInteger(2)
                )
            }
            if found?.isToken == true { return true }
            sequence = found?.previous
        }
        return false
    }

    private func insert(_ settlement: Settlement, of task: StoredTask) throws -> Int64 {
        let insert = statements.insertOutcome
        insert.bind(task.run, at: 1)
        insert.bind(task.id.rawValue, at: 2)
        insert.bind(task.outcome, at: 3)
        insert.bind(settlement.outcome.state.rawValue, at: 4)
        insert.bind(task.epoch, at: 5)
        insert.bind(task.generation, at: 6)
        insert.bind(settlement.settledAt.milliseconds, at: 7)
        insert.bind(settlement.startedAt?.milliseconds, at: 8)
        insert.bind(settlement.durationMilliseconds, at: 9)
        insert.bind(settlement.worker, at: 10)
        insert.bind(text: settlement.outcome.failure?.storedText, at: 11)
        if case .succeeded(let result) = settlement.outcome {
            try insert.run(withBlob: result?.utf8, at: 12)
        } else {
            try insert.run(withBlob: nil, at: 12)
        }
        return lastInsertedRow
    }
}

/// An outcome on its way into the tables.
struct Settlement {
    let outcome: Outcome
    let settledAt: Timestamp
    let startedAt: Timestamp?
    let durationMilliseconds: Int64?
    /// The worker's number; nil where the store itself settles.
    let worker: Int64?

    init(
        _ outcome: Outcome, _ settledAt: Timestamp, startedAt: Timestamp? = nil, durationMilliseconds: Int64? = nil,
        worker: Int64? = nil
    ) {
        self.outcome = outcome
        self.settledAt = settledAt
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
        self.worker = worker
    }
}

extension Failure {
    /// The failure as it is kept: the JSON that its `Codable` form reads, written without an encoder because thousands of
    /// accounts may fail at once.
    var storedText: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", type)
        writer.member("code", code)
        writer.member("message", message)
        writer.member("operation", operation)
        writer.member("requestID", requestID)
        writer.member("httpStatus", httpStatus)
        writer.member("attempts", attempts)
        if let isRetryable {
            writer.key("isRetryable")
            writer.bool(isRetryable)
        }
        writer.member("exitCode", exitCode)
        writer.member("stderr", stderr)
        writer.member("traceback", traceback)
        writer.member("exception", exception?.text)
        writer.endObject()
        return writer.bytes
    }
}
