// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Taking leases back.
extension StoreConnection {
    /// Lost attempts after which a task settles.
    static let lossLimit = 3

    func release(_ releases: [LeaseRelease], now: Timestamp) throws -> SettlementResult {
        var result = SettlementResult(verdicts: [])
        for release in releases {
            let verdict = try withHeldTask(of: release.token) { task, run in
                switch release.reason {
                case .notStarted, .callerCredentials:
                    try requeue(task, of: run, Requeueing(attempts: 1))
                case .interrupted:
                    if run.specification.isAtMostOnce {
                        try settle(task, of: run, Settlement(.failed(.outcomeUnknown), now), into: &result)
                    } else {
                        try requeue(task, of: run, Requeueing(attempts: 1, isInterrupted: true))
                    }
                case .throttled(let failure):
                    try postpone(task, of: run, failure, limit: Deferral.throttleLimit, now, into: &result)
                case .unreachable(let failure):
                    try postpone(task, of: run, failure, limit: Deferral.unreachableLimit, now, into: &result)
                }
            }
            result.verdicts.append(verdict)
        }
        return result
    }

    func expire(_ tokens: [LeaseToken], now: Timestamp) throws -> SettlementResult {
        var result = SettlementResult(verdicts: [])
        for token in tokens {
            let verdict = try withHeldTask(of: token) { task, run in
                let losses = task.losses + 1
                if run.specification.isAtMostOnce {
                    try settle(task, of: run, Settlement(.failed(.outcomeUnknown), now), into: &result)
                } else if losses >= Self.lossLimit {
                    try settle(task, of: run, Settlement(.failed(.workerLost(times: losses)), now), into: &result)
                } else {
                    try requeue(task, of: run, Requeueing(losses: 1, isInterrupted: true))
                }
            }
            result.verdicts.append(verdict)
        }
        return result
    }

    // MARK: Former owners

    /// Takes back the leases that the store's former owners had granted: a restart costs no attempt.
    ///
    /// A run that cannot be read keeps its leases until a program opens the store that can.
    func recover(now: Timestamp) throws {
        for row in try runsWithLeases() {
            var cursor = TaskCursor.start
            while let page = try formerLeases(ofRow: row, after: cursor) {
                _ = try release(page.leases.map { LeaseRelease(token: $0.token, reason: .interrupted) }, now: now)
                cursor = page.next
            }
        }
    }

    /// The leases of former owners in a stretch of a run's tasks, and the place after it; nil at the end.
    func formerLeases(
        ofRow row: Int64, after cursor: TaskCursor
    ) throws -> (leases: [FormerLease], next: TaskCursor)? {
        guard let run = try usableRun(ofRow: row) else { return nil }
        let select = statements.leasedTasks
        select.bind(row, at: 1)
        select.bind(cursor.account, at: 2)
        select.bind(cursor.region, at: 3)
        select.bind(Self.scanLimit, at: 4)
        var next: TaskCursor?
        var leases: [FormerLease] = []
        try select.forEachRow { row in
            next = TaskCursor(account: Int(row.integer(0)), region: Int(row.integer(1)))
            guard row.integer(3) == TaskState.leased.rawValue, row.integer(4) < epoch else { return true }
            let token = LeaseToken(task: TaskID(row.integer(2)), epoch: row.integer(4), generation: row.integer(5))
            leases.append(FormerLease(token: token, run: run.id))
            return true
        }
        return next.map { (leases, $0) }
    }

    /// Lets a task wait for its next turn, or settles it when it waited often enough.
    private func postpone(
        _ task: StoredTask, of run: StoredRun, _ failure: Failure, limit: Int, _ now: Timestamp,
        into result: inout SettlementResult
    ) throws {
        if task.deferrals >= limit {
            try settle(task, of: run, Settlement(.roleNotAssumed(failure), now), into: &result)
        } else {
            let notBefore = now + Deferral.delay(number: task.deferrals + 1, of: task.id)
            try requeue(task, of: run, Requeueing(attempts: 1, deferrals: 1, notBefore: notBefore))
        }
    }

    private func requeue(_ task: StoredTask, of run: StoredRun, _ change: Requeueing) throws {
        let requeue = statements.requeueTask
        requeue.bind(task.id.rawValue, at: 1)
        requeue.bind(task.epoch, at: 2)
        requeue.bind(task.generation, at: 3)
        requeue.bind(change.attempts, at: 4)
        requeue.bind(change.losses, at: 5)
        requeue.bind(change.deferrals, at: 6)
        requeue.bind(change.isInterrupted ? 1 : 0, at: 7)
        let notBefore = change.notBefore.map { max(1, $0.milliseconds) }
        requeue.bind(notBefore ?? 0, at: 8)
        guard try requeue.run() == 1 else { throw disagreement(task.id) }
        if let notBefore { run.noteDeferred(until: notBefore, inRegion: task.region) }
        self.change(run) {
            $0.counts.leased -= 1
            $0.counts.ready += 1
        }
    }
}

/// What a task that becomes ready again gets and gives back.
private struct Requeueing {
    /// Attempts that are not charged.
    var attempts = 0
    /// Attempts that were lost.
    var losses = 0
    var deferrals = 0
    var isInterrupted = false
    var notBefore: Timestamp?
}
