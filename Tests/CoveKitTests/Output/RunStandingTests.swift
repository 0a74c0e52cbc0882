// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// Where a run stands, in words.
@Suite struct RunStandingTests {
    private static func record(_ state: RunState, _ stopReason: StopReason? = nil, leased: Int = 0) throws -> RunRecord
    {
        var counts = RunCounts()
        counts.leased = leased
        return RunRecord(
            id: try .sample(), specification: RunSpecification(function: .native("f")), state: state,
            createdAt: .start, callingAccount: nil, partition: nil, counts: counts, accounts: 0, stopReason: stopReason)
    }

    private static let failure = Failure(type: "T", code: "Throttling", message: "Rate exceeded")

    @Test(
        arguments: [
            (RunState.planning, nil, 0, "running"), (.planned, nil, 3, "running"), (.completed, nil, 0, "completed"),
            (.completed, .interrupted, 0, "completed"), (.planned, .interrupted, 0, "interrupted"),
            (.planned, .cancelled, 2, "stopping"), (.planned, .cancelled, 0, "cancelled"),
            (.planning, .planningFailed(["no", "way"]), 0, "stopped"),
            (.planned, .raisedException(TaskID(1)), 0, "stopped"),
            (.planned, .callerCredentials(failure), 0, "stopped"),
        ] as [(RunState, StopReason?, Int, String)])
    func `a run's state is a word`(state: RunState, reason: StopReason?, leased: Int, word: String) throws {
        let record = try Self.record(state, reason, leased: leased)
        #expect(RunStanding(record).state.rawValue == word)
        // What the coordinator knows wins over what was recorded.
        let status = RunStatus(isCompleted: state == .completed, stopReason: reason, leasesOut: leased)
        #expect(RunStanding(try Self.record(state, nil, leased: 9), status: status).state.rawValue == word)
    }

    @Test func `why a run stopped by itself is a sentence`() throws {
        func reason(_ reason: StopReason) throws -> String? { RunStanding(try Self.record(.planned, reason)).reason }
        #expect(try reason(.planningFailed(["no", "way"])) == "the plan could not be finished: no; way")
        #expect(try reason(.raisedException(TaskID(1))) == "stopped at the first failure")
        #expect(
            try reason(.callerCredentials(Self.failure))
                == "the credentials that assume the roles are no longer valid: Rate exceeded")
        #expect(try reason(.cancelled) == nil)
    }

    @Test func `what tasks wait for is told while the run goes on`() throws {
        let record = try Self.record(.planned)
        var status = RunStatus(isCompleted: false, leasesOut: 0, hindrance: Self.failure)
        #expect(RunStanding(record, status: status).wait == "Throttling: Rate exceeded")
        status.lacking = "no worker allows exec"
        #expect(RunStanding(record, status: status).wait == "no worker allows exec")
        status.stopReason = .cancelled
        #expect(RunStanding(record, status: status).wait == nil)
    }
}
