// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire

/// A local run that no process performs, as its store has it.
///
/// It can be read and cancelled; what needs somebody who performs it is refused.
struct IdleRun: RunService {
    let store: any TaskStore

    // MARK: Reading

    func run(_ run: RunID) async throws -> RunRecord? { try await store.run(run) }
    func runs() async throws -> [RunRecord] { try await store.runs() }
    func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        try await store.tasks(of: run, in: states, after: cursor, limit: limit)
    }
    func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        try await store.outcomes(of: run, after: sequence, limit: limit)
    }
    func skippedAccounts(of run: RunID) async throws -> [NotTargeted] { try await store.skippedAccounts(of: run) }
    func workers() async throws -> [WorkerRecord] { [] }

    /// Where the run stands: a run that nobody performs and nobody stopped lost its process, and counts as interrupted.
    func snapshot(of run: RunID, after revision: Int64?) async throws -> RunSnapshot? {
        guard let record = try await store.run(run) else { return nil }
        let isCompleted = record.state == .completed
        return RunSnapshot(
            record: record,
            status: RunStatus(
                isCompleted: isCompleted, stopReason: record.stopReason ?? (isCompleted ? nil : .interrupted),
                leasesOut: 0), revision: 0)
    }

    // MARK: Deciding

    /// A run that was interrupted is cancelled; one that is complete or stopped for another reason is left as it is.
    func cancel(_ run: RunID) async throws {
        guard let record = try await store.run(run), record.state != .completed else { return }
        if record.stopReason == .interrupted { try await store.resume(run) }
        try await store.stop(run, because: .cancelled)
    }

    func submit(_ run: RunID, _ specification: RunSpecification) async throws { throw Self.refusal }
    func stored(of artefact: ArtefactReference) async throws -> Int { throw Self.refusal }
    func add(_ part: [UInt8], at offset: Int, to artefact: ArtefactReference) async throws -> Int {
        throw Self.refusal
    }
    func plan(_ specification: RunSpecification) async throws -> RunPlan { throw Self.refusal }
    func resume(_ run: RunID) async throws { throw Self.refusal }
    func retry(_ run: RunID) async throws -> Int { throw Self.refusal }
    func forget(_ run: RunID) async throws { throw Self.refusal }

    private static var refusal: RequestFailure {
        RequestFailure(
            .conflict,
            [
                "nobody performs this run: it can be read and cancelled, and gone on with by "
                    + "\(Program.current.name) resume"
            ])
    }
}
