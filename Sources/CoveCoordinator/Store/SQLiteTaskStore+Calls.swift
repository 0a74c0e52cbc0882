// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import FoundationEssentials

/// The store's methods: each is a call on the connection, in a transaction.
extension SQLiteTaskStore {
    // MARK: Runs and targets

    package func createRun(_ run: RunID, specification: RunSpecification, createdAt: Timestamp) async throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = Array(try encoder.encode(specification))
        try await perform(weight: text.count) {
            try $0.createRun(run, specification: specification, text: text, createdAt: createdAt)
        }
    }

    package func beginPlanning(_ run: RunID, callingAccount: AccountID, partition: String) async throws {
        try await perform { try $0.beginPlanning(run, callingAccount: callingAccount, partition: partition) }
    }

    package func addTargets(_ accounts: [Account], skipped: [NotTargeted], to run: RunID) async throws -> Int {
        try await perform(weight: 256 * (accounts.count + skipped.count)) {
            try $0.addTargets(accounts, skipped: skipped, to: run)
        }
    }

    package func finishPlanning(_ run: RunID) async throws {
        try await perform { try $0.finishPlanning(run) }
    }

    package func retry(_ run: RunID) async throws -> Int {
        try await perform { try $0.retry(run) }
    }

    package func stop(_ run: RunID, because reason: StopReason) async throws {
        try await perform { try $0.stop(run, because: reason) }
    }

    package func resume(_ run: RunID) async throws {
        try await perform { try $0.resume(run) }
    }

    package func forget(_ run: RunID, now: Timestamp) async throws {
        try await perform { try $0.beginForgetting(run, now: now) }
        while try await perform(kind: .removal, { try $0.removeForgotten() }) {}
    }

    // MARK: Artefacts

    package func artefact(_ reference: ArtefactReference, now: Timestamp) async throws -> StoredArtefact {
        let found = try await perform { connection in
            let found = try connection.find(reference, now: now)
            try connection.giveUpUnusedArtefacts(now: now)
            return found
        }
        try await removeUnusedArtefacts()
        return found
    }

    /// Removes what was given up, each in a transaction of its own, so that other work goes on between them.
    private func removeUnusedArtefacts() async throws {
        while try await perform(kind: .removal, { try $0.removeUnusedArtefact() }) {}
    }

    package func add(
        _ part: [UInt8], at offset: Int, to reference: ArtefactReference, now: Timestamp
    ) async throws -> StoredArtefact {
        if offset == 0 {
            try await perform { try $0.giveUpUnusedArtefacts(now: now) }
            try await removeUnusedArtefacts()
        }
        return try await perform(weight: part.count) { try $0.add(part, at: offset, to: reference, now: now) }
    }

    package func part(of reference: ArtefactReference, at offset: Int, isInUse: Bool) async throws -> [UInt8]? {
        try await perform(kind: .read) { try $0.part(of: reference, at: offset, isInUse: isInUse) }
    }

    package func completeArtefact(_ reference: ArtefactReference) async throws {
        try await perform { try $0.complete(reference) }
    }

    package func discardArtefact(_ reference: ArtefactReference) async throws {
        try await perform { try $0.discard(reference) }
    }

    // MARK: Leases

    package func grant(_ limit: Int, of runs: [GrantShare], now: Timestamp) async throws -> [Lease] {
        guard limit > 0, !runs.isEmpty else { return [] }
        return try await perform(kind: .patientWrite) { try $0.grant(limit, of: runs, now: now) }
    }

    package func settle(_ reports: [AttemptReport], worker: String, now: Timestamp) async throws -> SettlementResult {
        let weight = reports.reduce(0) { sum, report in
            guard case .succeeded(let result?) = report.outcome else { return sum + 256 }
            return sum + 64 + result.utf8.count
        }
        return try await perform(kind: .patientWrite, weight: weight) {
            try $0.settle(reports, worker: worker, now: now)
        }
    }

    package func release(_ releases: [LeaseRelease], now: Timestamp) async throws -> SettlementResult {
        try await perform(kind: .patientWrite, weight: 64 * releases.count) { try $0.release(releases, now: now) }
    }

    package func expire(_ tokens: [LeaseToken], now: Timestamp) async throws -> SettlementResult {
        try await perform(weight: 64 * tokens.count) { try $0.expire(tokens, now: now) }
    }

    package func leasesOfFormerOwners() async throws -> [FormerLease] {
        var found: [FormerLease] = []
        for row in try await perform(kind: .read, { try $0.runsWithLeases() }) {
            var cursor = TaskCursor.start
            while let page = try await perform(
                kind: .read, { [cursor] in try $0.formerLeases(ofRow: row, after: cursor) })
            {
                found += page.leases
                cursor = page.next
            }
        }
        return found
    }

    // MARK: Reading

    package func run(_ run: RunID) async throws -> RunRecord? {
        try await perform(kind: .read) { try $0.knownRun(run)?.record }
    }

    /// The runs that can be read, oldest first; `unreadableRuns()` lists the others.
    package func runs() async throws -> [RunRecord] {
        let runs = try await listRuns().compactMap { try? $0.get() }
        // Sorting is stable by the order of numbers, which is that of making.
        return runs.enumerated()
            .sorted { ($0.element.createdAt, $0.offset) < ($1.element.createdAt, $1.offset) }
            .map(\.element)
    }

    /// The runs that are there and cannot be read: their tasks are not granted, and they can be forgotten.
    package func unreadableRuns() async throws -> [UnreadableRun] {
        try await listRuns().compactMap { run in
            guard case .failure(let unreadable) = run else { return nil }
            return unreadable
        }
    }

    private func listRuns() async throws -> [Result<RunRecord, UnreadableRun>] {
        var found: [Result<RunRecord, UnreadableRun>] = []
        var last: Int64 = 0
        while true {
            let page = try await perform(kind: .read) { [last] in try $0.runs(after: last) }
            guard let end = page.last?.number else { return found }
            last = end
            found += page.map { listed in
                switch listed {
                case .known(let record, _): .success(record)
                case .row(let row): Result { () throws(UnreadableRun) in try row.record(in: path) }
                }
            }
        }
    }

    package func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        var place = cursor
        while true {
            let (page, isEnd) = try await perform(kind: .read) { [place] in
                try $0.tasks(of: run, in: states, after: place, limit: max(1, limit))
            }
            if isEnd || !page.tasks.isEmpty { return page }
            place = page.next
        }
    }

    package func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        var place = sequence
        while true {
            let (page, isEnd) = try await perform(kind: .read) { [place] in
                try $0.outcomes(of: run, after: place, limit: max(1, limit))
            }
            if isEnd || !page.tasks.isEmpty { return page }
            place = page.next
        }
    }

    package func skippedAccounts(of run: RunID) async throws -> [NotTargeted] {
        try await perform(kind: .read) { try $0.skippedAccounts(of: run) }
    }
}
