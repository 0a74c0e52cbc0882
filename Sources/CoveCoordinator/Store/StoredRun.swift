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
    /// Changed by `StoreConnection` only, which writes it before it commits.
    var progress: RunProgress
    /// Whether `progress` is not written yet.
    var isChanged = false
    /// Accounts that were read lately, by number.
    var knownAccounts: [Int64: Account] = [:]

    init(
        row: Int64, id: RunID, specification: RunSpecification, createdAt: Timestamp, callingAccount: AccountID?,
        partition: String?, progress: RunProgress
    ) {
        self.row = row
        self.id = id
        self.specification = specification
        self.createdAt = createdAt
        regions = specification.taskRegions
        self.callingAccount = callingAccount
        self.partition = partition
        self.progress = progress
    }

    var record: RunRecord {
        RunRecord(
            id: id, specification: specification, state: progress.state, createdAt: createdAt,
            callingAccount: callingAccount, partition: partition, counts: progress.counts, accounts: progress.accounts)
    }
}

/// How far a run is: the row of `progress`.
struct RunProgress: Equatable {
    var state = RunState.planning
    var accounts = 0
    var counts = RunCounts()
}

/// What decides about a task: the row of `task` without its place in the plan.
struct StoredTask {
    let id: TaskID
    let run: Int64
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
