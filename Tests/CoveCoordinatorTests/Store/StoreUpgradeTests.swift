// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveCoordinator

/// Stores that an earlier version of Cove made.
@Suite struct StoreUpgradeTests {
    @Test(arguments: [(0, 11_502_767_105_253_538_723), (1, 9_897_440_649_833_573_207)] as [(Int, UInt64)])
    func `a version's statements are what was released`(_ version: Int, _ released: UInt64) {
        // FNV-1a; a change of tables is a further version.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in StoreSchema.versions[version].joined(separator: ";").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        #expect(hash == released)
    }

    /// A store as the first version left it when its process was killed: a run under way, another one complete.
    private func makeFirstVersion(in place: TemporaryFolder) throws {
        let tables = try StoredTables(of: place)
        let specification = try #require(
            String(bytes: try JSONEncoder().encode(RunSpecification.sample()), encoding: .utf8))
        let accounts = [0, 1, 2].map { "(1, \($0), '\(Account.sample($0).id)')" }
        for statement in StoreSchema.versions[0] { try tables.execute(statement) }
        for statement in [
            "PRAGMA application_id = \(StoreSchema.applicationID)", "PRAGMA user_version = 1",
            "INSERT INTO meta(key, value) VALUES ('epoch', 4), ('made_by', '0.1.0'), ('written_by', '0.1.0')",
            """
            INSERT INTO run(key, specification, created, calling_account, partition) VALUES
                ('\(RunID.sample(1))', '\(specification)', 1800000000000, '000000000009', 'aws'),
                ('\(RunID.sample(2))', '\(specification)', 1800000001000, NULL, NULL)
            """,
            "INSERT INTO progress VALUES (1, 1, 3, 3, 1, 1, 1, 0), (2, 2, 0, 0, 0, 0, 0, 0)",
            "INSERT INTO account(run, ordinal, id) VALUES \(accounts.joined(separator: ", "))",
            "INSERT INTO worker(name) VALUES ('host-1')",
            // Succeeded, failed, leased, ready, deferred, ready.
            """
            INSERT INTO task(run, account, region, state, epoch, generation, attempts, deferrals, not_before, outcome) VALUES
                (1, 0, 0, 2, 4, 1, 1, 0, 0, 1), (1, 1, 0, 3, 4, 2, 2, 0, 0, 2), (1, 2, 0, 1, 4, 1, 1, 0, 0, NULL),
                (1, 0, 1, 0, 0, 0, 0, 0, 0, NULL), (1, 1, 1, 0, 4, 1, 0, 1, 1800000001000, NULL),
                (1, 2, 1, 0, 0, 0, 0, 0, 0, NULL)
            """,
            """
            INSERT INTO outcome(run, task, state, epoch, generation, settled, worker, failure, result) VALUES
                (1, 1, 2, 4, 1, 1800000000500, 1, NULL, x'31'),
                (1, 2, 3, 4, 2, 1800000000600, 1, '{"type":"T","message":"m"}', NULL)
            """,
        ] { try tables.execute(statement) }
    }

    @Test func `a run that the first version had under way is gone on with`() async throws {
        let place = try TemporaryFolder()
        try makeFirstVersion(in: place)
        let store = try await SQLiteTaskStore.open(folder: place.path, mode: .existing)
        #expect(store.epoch == 5)
        #expect(try await store.runs().map(\.id) == [.sample(1), .sample(2)])
        let run = RunID.sample(1)
        let record = try #require(try await store.run(run))
        #expect(record.specification == .sample())
        #expect(record.state == .planned)
        #expect(record.stopReason == nil)
        #expect(
            try await store.allTasks(of: run).map(\.state) == [.succeeded, .ready, .failed, .ready, .ready, .ready])

        let leases = try await store.grant(9, of: run, regions: [1])
        #expect(leases.map(\.token.task) == [TaskID(4), TaskID(6)])
        let due = try await store.grant(9, of: [run], now: .after(1))
        #expect(
            due.map(\.token) == [(3, 2), (5, 2)].map { LeaseToken(task: TaskID($0.0), epoch: 5, generation: $0.1) })
        #expect(due.map(\.attempt) == [1, 1])
        try await store.stop(run, because: .cancelled)
        #expect(try await store.retry(run) == 1)
        let last = try await store.grant(9, of: [run], now: .after(1))
        #expect(last.map(\.attempt) == [3])
        for lease in leases + due + last { _ = try await store.settle(lease) }
        #expect(try await store.run(run)?.state == .completed)
        #expect(try await store.allOutcomes(of: run).count == 6)
        try await store.forget(run)
        try await store.close()
        let tables = try StoredTables(of: place)
        #expect(try tables.text("PRAGMA integrity_check") == "ok")
        #expect(try tables.rows("PRAGMA foreign_key_check") == [])
        #expect(try tables.recounted == tables.progress)
    }

    @Test func `an older store gets the tables of a new one, once`() async throws {
        let places = [try TemporaryFolder(), try TemporaryFolder()]
        try makeFirstVersion(in: places[0])
        for _ in 1...2 {
            for place in places { try await SQLiteTaskStore.open(folder: place.path).close() }
        }
        let schemas = try places.map { place in
            try StoredTables(of: place).text(
                "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master ORDER BY type, name)")
        }
        #expect(schemas[0] != nil)
        #expect(schemas[0] == schemas[1])
        #expect(try StoredTables(of: places[0]).rows("PRAGMA user_version") == [[3]])
    }

    @Test func `leases of the first version can be kept`() async throws {
        let place = try TemporaryFolder()
        try makeFirstVersion(in: place)
        let store = try await SQLiteTaskStore.open(folder: place.path, mode: .existing, leases: .kept)
        let token = LeaseToken(task: TaskID(3), epoch: 4, generation: 1)
        #expect(try await store.leasesOfFormerOwners() == [FormerLease(token: token, run: .sample(1))])
        #expect(try await store.expire([token], now: .start).verdicts == [.applied])
    }
}
