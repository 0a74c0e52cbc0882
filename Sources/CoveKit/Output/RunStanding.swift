// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Where a run stands, in the words of `cove runs` and `cove show`.
struct RunStanding: Equatable {
    /// A word, for tables and programs.
    enum State: String {
        /// Somebody performs it.
        case running
        /// Nothing more is started, what runs is being ended or finished.
        case stopping
        /// Every task is settled.
        case completed
        /// `cove cancel` stopped it.
        case cancelled
        /// It was interrupted, or its process died; `cove resume` goes on with it.
        case interrupted
        /// It stopped by itself; the reason says why.
        case stopped
    }

    let state: State
    /// Why it stopped, in a sentence; nil where that is clear.
    let reason: String?
    /// What its tasks wait for, in a sentence.
    let wait: String?

    /// Where a run stands that is performed unless it is stopped.
    ///
    /// - Parameter status: what its coordinator says, where it was asked.
    init(_ record: RunRecord, status: RunStatus? = nil) {
        let stopReason = status?.stopReason ?? record.stopReason
        let isCompleted = record.state == .completed || status?.isCompleted == true
        let leasesOut = status?.leasesOut ?? record.counts.leased
        wait = isCompleted || stopReason != nil ? nil : status.flatMap { Self.wait($0) }
        guard !isCompleted, let stopReason else {
            state = isCompleted ? .completed : .running
            reason = nil
            return
        }
        reason = stopReason.sentence
        if leasesOut > 0 {
            state = .stopping
        } else {
            state =
                switch stopReason {
                case .cancelled: .cancelled
                case .interrupted: .interrupted
                case .raisedException, .planningFailed, .invalidRequest, .callerCredentials: .stopped
                }
        }
    }

    /// What the tasks of a run that is not stopped wait for.
    static func wait(_ status: RunStatus) -> String? {
        status.lacking ?? status.hindrance.map { [$0.code, $0.message].compactMap { $0 }.joined(separator: ": ") }
    }
}

extension StopReason {
    /// Why a run stopped, in a sentence; nil where the run's state says all there is to say.
    var sentence: String? {
        switch self {
        case .interrupted, .cancelled: nil
        case .raisedException: "stopped at the first failure"
        case .planningFailed(let problems): "the plan could not be finished: \(problems.joined(separator: "; "))"
        case .invalidRequest(let problems): "the request is wrong: \(problems.joined(separator: "; "))"
        case .callerCredentials(let failure):
            "the credentials that assume the roles are no longer valid: \(failure.message)"
        }
    }
}
