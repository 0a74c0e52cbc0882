// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// The durable queue: runs, their targets and tasks, and every outcome.
///
/// Each method is one decision and one transaction, whose `WHERE` holds the token; it returns after COMMIT. Several calls that wait
/// may share a transaction (group commit). All methods may be called from any task at any time.
package protocol TaskStore: Sendable {
    /// Counted up durably at every opening; half of every token.
    var epoch: Int64 { get }

    /// Records a run and its specification, in state `planning`, without targets.
    func createRun(_ run: RunID, specification: RunSpecification, createdAt: Timestamp) async throws
    /// Records what planning found out first: as whom the organization is read, and the partition of the roles.
    func beginPlanning(_ run: RunID, callingAccount: AccountID, partition: String) async throws
    /// Adds accounts and one task for each of their regions; an account that is there already is left as it is. Returns how many
    /// tasks were added. Regions are interleaved over the accounts of the call, so that one account is not hit by all slots at once.
    func addTargets(_ accounts: [Account], skipped: [NotTargeted], to run: RunID) async throws -> Int
    /// Marks the run as planned, and as completed when nothing is left to do.
    func finishPlanning(_ run: RunID) async throws
    /// Makes tasks whose outcome is not success ready again; their former outcomes stay in the history. Returns how many.
    func retry(_ run: RunID) async throws -> Int

    /// Leases up to `limit` ready tasks of the given runs, in the order of their ids, taking turns between runs.
    func grant(_ limit: Int, of runs: [RunID], now: Timestamp) async throws -> [Lease]
    /// Settles each report's task if its token is the newest, once.
    func settle(_ reports: [AttemptReport], worker: String, now: Timestamp) async throws -> SettlementResult
    /// Takes leases back without charge, or settles where the run or the number of deferrals says so.
    func release(_ releases: [LeaseRelease], now: Timestamp) async throws -> SettlementResult
    /// Ends leases whose worker vanished: each costs an attempt; the third settles the task as failed.
    func expire(_ tokens: [LeaseToken], now: Timestamp) async throws -> SettlementResult

    /// What is known of a run; nil when there is none of that id.
    func run(_ run: RunID) async throws -> RunRecord?
    /// All runs, oldest first.
    func runs() async throws -> [RunRecord]
    /// A page of a run's tasks in plan order (accounts as planned, each with its regions in order), after `cursor`; ends early
    /// when the results read so far are large. Only tasks in `states`.
    func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage
    /// A page of a run's outcomes in the order of settling, after the outcome numbered `sequence`.
    func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage
    /// The accounts that were left out and are to be listed, in the order of planning.
    func skippedAccounts(of run: RunID) async throws -> [NotTargeted]

    /// Closes the store; every later call fails. What was committed stays.
    func close() async throws
}

extension TaskStore {
    /// A task that did not succeed, by its id; nil when there is none.
    package func unsuccessfulTask(_ id: TaskID, of run: RunID) async throws -> TaskRecord? {
        var cursor = TaskCursor.start
        while true {
            let page = try await tasks(of: run, in: [.failed, .roleNotAssumed], after: cursor, limit: 256)
            if page.tasks.isEmpty { return nil }
            if let found = page.tasks.first(where: { $0.id == id }) { return found }
            cursor = page.next
        }
    }
}

/// What became of a batch of reports, releases or expired leases.
package struct SettlementResult: Sendable, Equatable {
    /// A verdict for each, in order.
    package var verdicts: [ReportVerdict]
    /// The runs whose last task was settled by it.
    package var completedRuns: [RunID]
    /// The tasks that it settled as not succeeded, by run: the first of each run, for `raise_exception`.
    package var firstFailures: [RunID: TaskID]

    package init(verdicts: [ReportVerdict], completedRuns: [RunID] = [], firstFailures: [RunID: TaskID] = [:]) {
        self.verdicts = verdicts
        self.completedRuns = completedRuns
        self.firstFailures = firstFailures
    }
}

/// A run as the store knows it.
package struct RunRecord: Sendable {
    package var id: RunID
    package var specification: RunSpecification
    package var state: RunState
    package var createdAt: Timestamp
    /// The account that resolved the organization; nil until planning began.
    package var callingAccount: AccountID?
    /// The partition of the roles; nil until planning began.
    package var partition: String?
    package var counts: RunCounts
    /// How many accounts have tasks.
    package var accounts: Int

    package init(
        id: RunID, specification: RunSpecification, state: RunState, createdAt: Timestamp,
        callingAccount: AccountID?, partition: String?, counts: RunCounts, accounts: Int
    ) {
        self.id = id
        self.specification = specification
        self.state = state
        self.createdAt = createdAt
        self.callingAccount = callingAccount
        self.partition = partition
        self.counts = counts
        self.accounts = accounts
    }
}

/// A task with its latest outcome.
package struct TaskRecord: Sendable, Hashable {
    package var id: TaskID
    package var account: Account
    package var region: RegionName?
    package var state: TaskState
    /// Charged executions.
    package var attempts: Int
    /// Whether an attempt was started and cancelled or cut off since the task was last settled: it may have had effects.
    package var wasInterrupted: Bool
    package var outcome: Outcome?
    package var startedAt: Timestamp?
    package var durationMilliseconds: Int64?
    package var worker: String?

    package init(
        id: TaskID, account: Account, region: RegionName?, state: TaskState, attempts: Int, wasInterrupted: Bool,
        outcome: Outcome?, startedAt: Timestamp?, durationMilliseconds: Int64?, worker: String?
    ) {
        self.id = id
        self.account = account
        self.region = region
        self.state = state
        self.attempts = attempts
        self.wasInterrupted = wasInterrupted
        self.outcome = outcome
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
        self.worker = worker
    }
}

/// A place in plan order.
package struct TaskCursor: Sendable, Hashable {
    /// The account's number in the run's plan.
    package var account: Int
    /// The region's number in the run's list.
    package var region: Int

    package init(account: Int, region: Int) {
        self.account = account
        self.region = region
    }

    /// Before the first task.
    package static let start = TaskCursor(account: -1, region: -1)
}

/// Tasks in plan order, and the place after them; an empty page is the end.
package struct TaskPage: Sendable {
    package var tasks: [TaskRecord]
    package var next: TaskCursor

    package init(tasks: [TaskRecord], next: TaskCursor) {
        self.tasks = tasks
        self.next = next
    }
}

/// Outcomes in the order of settling, and the number of the last; an empty page is the end for now.
package struct OutcomePage: Sendable {
    package var tasks: [TaskRecord]
    package var next: Int64

    package init(tasks: [TaskRecord], next: Int64) {
        self.tasks = tasks
        self.next = next
    }
}
