// SPDX-License-Identifier: Apache-2.0

/// Where a run stands, from moment to moment, as its coordinator knows it.
package struct RunStatus: Sendable, Hashable, Codable {
    /// Every task is settled.
    package var isCompleted: Bool
    /// Why no more tasks are granted, where that is so.
    package var stopReason: StopReason?
    /// How many attempts are with workers.
    package var leasesOut: Int
    /// Why tasks wait although nothing holds the run up: AWS throttles, or cannot be reached.
    package var hindrance: Failure?
    /// What tasks wait for that no connected worker has: a kind, a region, a role; a sentence for people.
    package var lacking: String?

    package init(
        isCompleted: Bool, stopReason: StopReason? = nil, leasesOut: Int, hindrance: Failure? = nil,
        lacking: String? = nil
    ) {
        self.isCompleted = isCompleted
        self.stopReason = stopReason
        self.leasesOut = leasesOut
        self.hindrance = hindrance
        self.lacking = lacking
    }

    /// Whether nothing more will happen in it until it is resumed.
    package var isOver: Bool { isCompleted || (stopReason != nil && leasesOut == 0) }
}

/// A run, where it stands, and the number of the change that made it so.
package struct RunSnapshot: Sendable, Hashable, Codable {
    package var record: RunRecord
    package var status: RunStatus
    /// Grows with every change of the run while its coordinator runs; starts anew with it.
    package var revision: Int64

    package init(record: RunRecord, status: RunStatus, revision: Int64) {
        self.record = record
        self.status = status
        self.revision = revision
    }
}
