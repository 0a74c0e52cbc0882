// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// A run that is under way, as its coordinator remembers it.
struct ActiveRun {
    /// Whether a run's targets are being looked for.
    enum Planning {
        case none, underWay
        /// The run was stopped and resumed while they were: once more.
        case again
    }

    let specification: RunSpecification
    /// The regions of an account's tasks, by number.
    let regions: [RegionName?]
    /// The partition of the roles; nil until planning has begun, and nothing is granted before.
    var partition: String?
    var isCompleted: Bool
    /// Whether targets are being looked for.
    var planning = Planning.none
    var stopReason: StopReason?
    /// Whether the store knows what `stopReason` says.
    var isStopRecorded = true
    var cancelsAttempts = false
    /// Why tasks were put off last; nil once a task was settled since.
    var hindrance: Failure?
    /// Leases that the store is being asked for, where the run's slots bound them.
    var reserved = 0
    /// How often the store is being asked for its leases, until those that cannot be used are back.
    var grantsUnderWay = 0
    /// Links that would have been granted more but for the run's number of slots.
    var deniedLinks: Set<LeaseBook.LinkID> = []
    var revision: Int64 = 0

    /// - Parameter reason: why it is stopped already.
    init(_ record: RunRecord, stopped reason: StopReason?) {
        specification = record.specification
        regions = record.specification.taskRegions
        partition = record.partition
        isCompleted = record.state == .completed
        stopReason = reason
        cancelsAttempts = reason?.endsAttempts ?? false
    }
}

extension StopReason {
    /// Whether attempts that run when the stop is found in the store are to be ended.
    var endsAttempts: Bool {
        switch self {
        case .raisedException, .cancelled: true
        case .interrupted, .planningFailed, .invalidRequest, .callerCredentials: false
        }
    }
}
