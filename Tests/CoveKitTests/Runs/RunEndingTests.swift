// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Testing

@testable import CoveKit

/// What a run that is over means for the command that followed it.
@Suite struct RunEndingTests {
    private static func ending(_ run: StoredRun, _ stopReason: StopReason?, isCompleted: Bool = false) async throws
        -> RunEnding
    {
        let record = try #require(try await run.store.run(run.id))
        let status = RunStatus(isCompleted: isCompleted, stopReason: stopReason, leasesOut: 0)
        return RunEnding(RunSnapshot(record: record, status: status, revision: 0), place: run.folders)
    }

    private static let failure = Failure(type: "T", code: "ExpiredToken", message: "expired")
    private static let summary = "1 of 6 tasks succeeded, 1 failed, 1 roles not assumed, 3 not run"

    @Test(
        arguments: [
            (.cancelled, CoveKit.ExitStatus.interrupted, ["cancelled: \(summary)"]),
            (.interrupted, .interrupted, ["interrupted: \(summary)"]),
            (.planningFailed(["a", "b"]), .unavailable, ["a", "b", "the plan is not finished"]),
            (
                .callerCredentials(failure), .unavailable,
                [
                    "the credentials that assume the roles are no longer valid: expired",
                    "\(summary); renew them first",
                ]
            ),
        ] as [(StopReason, CoveKit.ExitStatus, [String])])
    func `a run that was stopped says how to go on`(reason: StopReason, status: CoveKit.ExitStatus, lines: [String])
        async throws
    {
        let run = try await StoredRun.mixed()
        let failure = try #require(try await Self.ending(run, reason).failure(in: run.store, isQuiet: true))
        #expect(failure.status == status)
        #expect(failure.lines == lines + ["go on with: cove resume \(run.id)"])
    }

    @Test func `a run that stopped at its first failure tells it with its place`() async throws {
        let run = try await StoredRun.mixed()
        let failed = try await run.store.tasks(of: run.id, in: [.failed], after: .start, limit: 1).tasks[0]
        let failure = try await Self.ending(run, .raisedException(failed.id)).failure(in: run.store, isQuiet: true)
        #expect(failure?.status == .failure)
        #expect(
            failure?.lines == [
                "000000000002 account 2 eu-west-1: exit code 3", "stopped at the first failure: \(Self.summary)",
                "go on with: cove resume \(run.id)",
            ])
    }

    @Test func `a complete run with failures says how to try them again, unless it is to be quiet`() async throws {
        let run = try await StoredRun.mixed()
        let ending = try await Self.ending(run, .cancelled, isCompleted: true)
        let failure = try await ending.failure(in: run.store, isQuiet: false)
        #expect(failure?.status == .failure)
        #expect(failure?.lines == [Self.summary, "try again with: cove retry \(run.id)"])
        #expect(try await ending.failure(in: run.store, isQuiet: true)?.lines == [])
    }

    @Test func `a run whose tasks all succeeded is no failure`() async throws {
        let run = try await StoredRun(accounts: 1)
        try await run.settle(try await run.lease(1)[0], .succeeded(nil))
        let ending = try await Self.ending(run, nil, isCompleted: true)
        #expect(try await ending.failure(in: run.store, isQuiet: false) == nil)
        #expect(ending.summary == "1 of 1 tasks succeeded")
    }

    @Test func `a plan that came to nothing is told alone`() async throws {
        let run = try await StoredRun(accounts: 0, isPlanned: false)
        let failure = try await Self.ending(run, .planningFailed(["no organization"])).planningFailure
        #expect(failure?.status == .unavailable)
        #expect(failure?.lines == ["no organization"])
        #expect(try await Self.ending(try await StoredRun.mixed(), .planningFailed(["x"])).planningFailure == nil)
    }
}
