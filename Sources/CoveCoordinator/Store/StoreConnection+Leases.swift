// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Granting leases and taking them back.
extension StoreConnection {
    /// How many deferred tasks a grant lets join the ready ones at most, so that it stays short when thousands are due at once.
    private static let promotionLimit: Int64 = 4_096
    /// Lost attempts after which a task settles.
    static let lossLimit = 3

    /// Leases in turns: each run gets an equal share, what one cannot use goes to the others, and the next call begins after
    /// the run that was served last.
    func grant(_ limit: Int, of shares: [GrantShare], now: Timestamp) throws -> [Lease] {
        let ids = shares.map(\.run)
        var waiting = try inTurn(ids).map { try run($0) }.filter { $0.progress.counts.ready > 0 }
        for run in waiting { try promote(run, now: now) }
        var leases: [Lease] = []
        while leases.count < limit, !waiting.isEmpty {
            let share = max(1, (limit - leases.count) / waiting.count)
            var more: [StoredRun] = []
            for run in waiting where leases.count < limit {
                let wanted = min(share, limit - leases.count)
                let granted = try grant(wanted, of: run, to: &leases)
                if granted > 0 { lastGranted = run.id }
                if granted == wanted { more.append(run) }
            }
            waiting = more
        }
        return leases
    }

    private func inTurn(_ ids: [RunID]) -> [RunID] {
        guard let lastGranted, let place = ids.firstIndex(of: lastGranted) else { return ids }
        return Array(ids[(place + 1)...] + ids[...place])
    }

    private func promote(_ run: StoredRun, now: Timestamp) throws {
        for (promote, moment) in [
            (statements.promoteTasks, now), (statements.promoteFutureTasks, now + Deferral.longest),
        ] {
            promote.bind(run.row, at: 1)
            promote.bind(moment.milliseconds, at: 2)
            promote.bind(Self.promotionLimit, at: 3)
            try promote.run()
        }
    }

    private func grant(_ limit: Int, of run: StoredRun, to leases: inout [Lease]) throws -> Int {
        let first = leases.count
        statements.readyTasks.bind(run.row, at: 1)
        statements.readyTasks.bind(limit, at: 2)
        try statements.readyTasks.forEachRow { row in
            let region = Int(row.integer(2))
            guard run.regions.indices.contains(region) else {
                throw StoreError(
                    .damaged, "\(path) has a task of run \(run.id) in region \(region), which its specification lacks")
            }
            let token = LeaseToken(task: TaskID(row.integer(0)), epoch: epoch, generation: row.integer(3) + 1)
            leases.append(
                Lease(
                    token: token, run: run.id, account: try account(row.integer(1), of: run),
                    region: run.regions[region],
                    attempt: Int(row.integer(4)) + 1))
            return true
        }
        // Rows are changed after the walk over their index has ended.
        let lease = statements.leaseTask
        lease.bind(epoch, at: 2)
        for granted in leases[first...] {
            lease.bind(granted.token.task.rawValue, at: 1)
            lease.bind(granted.token.generation, at: 3)
            lease.bind(granted.attempt, at: 4)
            guard try lease.run() == 1 else { throw disagreement(granted.token.task) }
        }
        let count = leases.count - first
        change(run) {
            $0.counts.ready -= count
            $0.counts.leased += count
        }
        return count
    }

    // MARK: Back to ready

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

    /// Takes back the leases that the store's former owner had granted: a restart costs no attempt.
    func recover(now: Timestamp) throws {
        for row in try runsWithLeases() {
            let run = try run(ofRow: row)
            var tokens: [LeaseToken] = []
            statements.leasedTasks.bind(run.row, at: 1)
            try statements.leasedTasks.forEachRow { row in
                tokens.append(
                    LeaseToken(task: TaskID(row.integer(0)), epoch: row.integer(1), generation: row.integer(2)))
                return true
            }
            _ = try release(tokens.map { LeaseRelease(token: $0, reason: .interrupted) }, now: now)
        }
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
        requeue.bind(change.notBefore.map { max(1, $0.milliseconds) } ?? 0, at: 8)
        guard try requeue.run() == 1 else { throw disagreement(task.id) }
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
