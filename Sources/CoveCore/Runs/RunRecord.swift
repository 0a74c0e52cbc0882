// SPDX-License-Identifier: Apache-2.0

/// A run as the store knows it.
package struct RunRecord: Sendable, Hashable, Codable {
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
    /// Why no more tasks of it are granted, until it is resumed; nil where nothing stopped it.
    package var stopReason: StopReason?

    package init(
        id: RunID, specification: RunSpecification, state: RunState, createdAt: Timestamp,
        callingAccount: AccountID?, partition: String?, counts: RunCounts, accounts: Int,
        stopReason: StopReason? = nil
    ) {
        self.id = id
        self.specification = specification
        self.state = state
        self.createdAt = createdAt
        self.callingAccount = callingAccount
        self.partition = partition
        self.counts = counts
        self.accounts = accounts
        self.stopReason = stopReason
    }
}
