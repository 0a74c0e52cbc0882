// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// One entry of the output: botocove's keys of a target, then Cove's own (design: output contract).
struct OutputEntry {
    /// The list that an entry stands in.
    enum List: String, CaseIterable {
        case results = "Results"
        case exceptions = "Exceptions"
        case failedAssumeRole = "FailedAssumeRole"
        case notRun = "NotRun"

        /// The states whose tasks stand in the list.
        var states: [TaskState] {
            switch self {
            case .results: [.succeeded]
            case .exceptions: [.failed]
            case .failedAssumeRole: [.roleNotAssumed]
            case .notRun: [.ready, .leased]
            }
        }

        /// The list's name where an entry stands alone.
        var outcome: String {
            switch self {
            case .results: "succeeded"
            case .exceptions: "failed"
            case .failedAssumeRole: "roleNotAssumed"
            case .notRun: "notRun"
            }
        }

        /// The list of a state's tasks.
        init(_ state: TaskState) {
            self = List.allCases.first { $0.states.contains(state) } ?? .notRun
        }
    }

    let list: List
    let information: SessionInformation
    let task: TaskRecord?
    /// Why it did not run, for `notRun`.
    let reason: String?

    /// What became of the target, in a word.
    var outcome: String { list == .notRun && task == nil ? "skipped" : list.outcome }

    /// The entry of a task.
    ///
    /// - Parameter list: the list that it stands in; nil for that of its state.
    init(_ task: TaskRecord, of run: RunRecord, in list: List? = nil) {
        let list = list ?? List(task.state)
        self.list = list
        self.task = task
        reason = list == .notRun ? Self.reason(task, run) : nil
        var information = SessionInformation(
            account: task.account, role: run.specification.role,
            assumeRoleSuccess: list == .results || list == .exceptions, region: task.region, partition: run.partition,
            failure: list == .notRun ? nil : task.outcome?.failure)
        if list == .results, case .succeeded(let result) = task.outcome { information.result = result }
        self.information = information
    }

    /// The entry of an account that was left out.
    init(_ skipped: NotTargeted, of run: RunRecord) {
        list = .notRun
        task = nil
        reason = skipped.reason.description
        information = SessionInformation(
            account: skipped.account, role: run.specification.role, assumeRoleSuccess: false, region: nil,
            partition: run.partition)
    }

    private static func reason(_ task: TaskRecord, _ run: RunRecord) -> String {
        if task.state.isSettled { return "ended while this was written" }
        if task.state == .leased { return "still running" }
        let isCancelled = run.stopReason == .cancelled
        return task.wasInterrupted
            ? "\(isCancelled ? "cancelled" : "interrupted"): an attempt was started and ended before it was done; "
                + "it may have had effects"
            : isCancelled ? "cancelled" : "not started"
    }

    /// Writes the entry as one JSON object.
    func write(to writer: inout JSONWriter, outcomeFirst: Bool) {
        writer.beginObject()
        if outcomeFirst { writer.member("Outcome", outcome) }
        information.write(to: &writer, leavingOutNulls: true)
        writer.member("State", information.account.state ?? information.account.status)
        if let task {
            writer.member("Attempts", task.attempts)
            writer.member("StartedAt", task.startedAt?.description)
            if let duration = task.durationMilliseconds {
                writer.key("DurationSeconds")
                writer.seconds(milliseconds: duration)
            }
            writer.member("Worker", task.worker)
        }
        writer.member("Reason", reason)
        writer.endObject()
    }
}
