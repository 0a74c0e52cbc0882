// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// A run as the store's connection keeps it while it is in use: what its rows say, inside the transaction under way.
///
/// It is forgotten when a transaction is rolled back, and read again: the tables are right.
final class StoredRun {
    /// The run's number in the tables.
    let row: Int64
    let id: RunID
    let specification: RunSpecification
    let createdAt: Timestamp
    /// The regions of an account's tasks, by number.
    let regions: [RegionName?]
    var callingAccount: AccountID?
    var partition: String?
    var stopReason: StopReason?
    /// Changed by `StoreConnection` only, which writes it before it commits.
    var progress: RunProgress
    /// Whether `progress` is not written yet.
    var isChanged = false
    /// What waits for its time in each region, by number; nil where nothing does.
    var deferred: [DeferredSpan?]

    init(_ record: RunRecord, row: Int64) {
        self.row = row
        id = record.id
        specification = record.specification
        createdAt = record.createdAt
        regions = record.specification.taskRegions
        callingAccount = record.callingAccount
        partition = record.partition
        stopReason = record.stopReason
        progress = RunProgress(state: record.state, accounts: record.accounts, counts: record.counts)
        deferred = Array(repeating: .unknown, count: regions.count)
    }

    /// Takes note of a task that waits until a moment.
    func noteDeferred(until notBefore: Int64, inRegion region: Int) {
        guard deferred.indices.contains(region) else { return }
        var span = deferred[region] ?? DeferredSpan(earliest: notBefore, latest: notBefore)
        span.include(notBefore)
        deferred[region] = span
    }

    var record: RunRecord {
        RunRecord(
            id: id, specification: specification, state: progress.state, createdAt: createdAt,
            callingAccount: callingAccount, partition: partition, counts: progress.counts, accounts: progress.accounts,
            stopReason: stopReason)
    }
}

/// How far a run is: the row of `progress`.
struct RunProgress: Equatable {
    var state = RunState.planning
    var accounts = 0
    var counts = RunCounts()
}

/// What decides about a task: the row of `task` without its account.
struct StoredTask {
    let id: TaskID
    let run: Int64
    /// Its region's number in the run's list.
    let region: Int
    let state: TaskState
    let epoch: Int64
    let generation: Int64
    let losses: Int
    let deferrals: Int
    /// The newest outcome's number.
    let outcome: Int64?

    /// Whether a token is that of the lease that holds the task now.
    func isHeld(by token: LeaseToken) -> Bool {
        state == .leased && epoch == token.epoch && generation == token.generation
    }
}
