// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire

@testable import CoveCoordinator

/// A store whose decisions a test holds up or lets fail.
final class InterposedStore: TaskStore {
    enum Call: String, Sendable, CaseIterable {
        case createRun, beginPlanning, addTargets, finishPlanning, grant, settle, release, expire, stop, resume, run,
            part, addPart
    }

    typealias Hook = @Sendable (Call) async throws -> Void

    private let base: any TaskStore
    private let before: Hook
    private let after: Hook

    init(_ base: any TaskStore, before: @escaping Hook = { _ in }, after: @escaping Hook = { _ in }) {
        self.base = base
        self.before = before
        self.after = after
    }

    private func around<Result>(_ call: Call, _ body: () async throws -> Result) async throws -> Result {
        try await before(call)
        let result = try await body()
        try await after(call)
        return result
    }

    var epoch: Int64 { base.epoch }

    func createRun(_ run: RunID, specification: RunSpecification, createdAt: Timestamp) async throws {
        try await around(.createRun) {
            try await base.createRun(run, specification: specification, createdAt: createdAt)
        }
    }

    func beginPlanning(_ run: RunID, callingAccount: AccountID, partition: String) async throws {
        try await around(.beginPlanning) {
            try await base.beginPlanning(run, callingAccount: callingAccount, partition: partition)
        }
    }

    func addTargets(_ accounts: [Account], skipped: [NotTargeted], to run: RunID) async throws -> Int {
        try await around(.addTargets) { try await base.addTargets(accounts, skipped: skipped, to: run) }
    }

    func finishPlanning(_ run: RunID) async throws {
        try await around(.finishPlanning) { try await base.finishPlanning(run) }
    }

    func retry(_ run: RunID) async throws -> Int { try await base.retry(run) }

    func grant(_ limit: Int, of runs: [GrantShare], now: Timestamp) async throws -> [Lease] {
        try await around(.grant) { try await base.grant(limit, of: runs, now: now) }
    }

    func settle(_ reports: [AttemptReport], worker: String, now: Timestamp) async throws -> SettlementResult {
        try await around(.settle) { try await base.settle(reports, worker: worker, now: now) }
    }

    func release(_ releases: [LeaseRelease], now: Timestamp) async throws -> SettlementResult {
        try await around(.release) { try await base.release(releases, now: now) }
    }

    func expire(_ tokens: [LeaseToken], now: Timestamp) async throws -> SettlementResult {
        try await around(.expire) { try await base.expire(tokens, now: now) }
    }

    func run(_ run: RunID) async throws -> RunRecord? { try await around(.run) { try await base.run(run) } }
    func runs() async throws -> [RunRecord] { try await base.runs() }

    func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        try await base.tasks(of: run, in: states, after: cursor, limit: limit)
    }

    func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        try await base.outcomes(of: run, after: sequence, limit: limit)
    }

    func skippedAccounts(of run: RunID) async throws -> [NotTargeted] { try await base.skippedAccounts(of: run) }

    func stop(_ run: RunID, because reason: StopReason) async throws {
        try await around(.stop) { try await base.stop(run, because: reason) }
    }

    func artefact(_ reference: ArtefactReference, now: Timestamp) async throws -> StoredArtefact {
        try await base.artefact(reference, now: now)
    }

    func add(
        _ part: [UInt8], at offset: Int, to reference: ArtefactReference, now: Timestamp
    ) async throws -> StoredArtefact {
        try await around(.addPart) { try await base.add(part, at: offset, to: reference, now: now) }
    }

    func part(of reference: ArtefactReference, at offset: Int, isInUse: Bool) async throws -> [UInt8]? {
        try await around(.part) { try await base.part(of: reference, at: offset, isInUse: isInUse) }
    }

    func completeArtefact(_ reference: ArtefactReference) async throws { try await base.completeArtefact(reference) }
    func discardArtefact(_ reference: ArtefactReference) async throws { try await base.discardArtefact(reference) }

    func resume(_ run: RunID) async throws { try await around(.resume) { try await base.resume(run) } }
    func forget(_ run: RunID, now: Timestamp) async throws { try await base.forget(run, now: now) }
    func leasesOfFormerOwners() async throws -> [FormerLease] { try await base.leasesOfFormerOwners() }
    func close() async throws { try await base.close() }
}

extension InterposedStore {
    /// A store whose disk is full for the first `times` of each of some calls.
    static func full(_ calls: [Call], times: Int) -> @Sendable (any TaskStore) -> any TaskStore {
        let left = Watched(Dictionary(uniqueKeysWithValues: calls.map { ($0, times) }))
        return { base in
            InterposedStore(
                base,
                before: { call in
                    let isFull = left.update { left in
                        guard let count = left[call], count > 0 else { return false }
                        left[call] = count - 1
                        return true
                    }
                    if isFull { throw StoreError(.full, "the disk is full") }
                })
        }
    }
}
