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
        try await perform(weight: text.count) { try $0.createRun(run, specification: text, createdAt: createdAt) }
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

    // MARK: Leases

    package func grant(_ limit: Int, of runs: [GrantShare], now: Timestamp) async throws -> [Lease] {
        guard limit > 0, !runs.isEmpty else { return [] }
        return try await perform { try $0.grant(limit, of: runs, now: now) }
    }

    package func settle(_ reports: [AttemptReport], worker: String, now: Timestamp) async throws -> SettlementResult {
        let weight = reports.reduce(0) { sum, report in
            guard case .succeeded(let result?) = report.outcome else { return sum + 256 }
            return sum + 64 + result.utf8.count
        }
        return try await perform(weight: weight) { try $0.settle(reports, worker: worker, now: now) }
    }

    package func release(_ releases: [LeaseRelease], now: Timestamp) async throws -> SettlementResult {
        try await perform(weight: 64 * releases.count) { try $0.release(releases, now: now) }
    }

    package func expire(_ tokens: [LeaseToken], now: Timestamp) async throws -> SettlementResult {
        try await perform(weight: 64 * tokens.count) { try $0.expire(tokens, now: now) }
    }

    package func stop(_ run: RunID, because reason: StopReason) async throws {}
    package func resume(_ run: RunID) async throws {}
    package func forget(_ run: RunID) async throws {}
    package func leasesOfFormerOwners() async throws -> [FormerLease] { [] }

    // MARK: Reading

    package func run(_ run: RunID) async throws -> RunRecord? {
        try await perform(isRead: true) { try $0.knownRun(run)?.record }
    }

    package func runs() async throws -> [RunRecord] {
        try await perform(isRead: true) { try $0.runRecords() }
    }

    package func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        var place = cursor
        while true {
            let (page, isEnd) = try await perform(isRead: true) { [place] in
                try $0.tasks(of: run, in: states, after: place, limit: max(1, limit))
            }
            if isEnd || !page.tasks.isEmpty { return page }
            place = page.next
        }
    }

    package func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        var place = sequence
        while true {
            let (page, isEnd) = try await perform(isRead: true) { [place] in
                try $0.outcomes(of: run, after: place, limit: max(1, limit))
            }
            if isEnd || !page.tasks.isEmpty { return page }
            place = page.next
        }
    }

    package func skippedAccounts(of run: RunID) async throws -> [NotTargeted] {
        try await perform(isRead: true) { try $0.skippedAccounts(of: run) }
    }
}
