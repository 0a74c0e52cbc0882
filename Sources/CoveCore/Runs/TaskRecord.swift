// SPDX-License-Identifier: Apache-2.0

/// A task with its latest outcome.
package struct TaskRecord: Sendable, Hashable, Codable {
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
