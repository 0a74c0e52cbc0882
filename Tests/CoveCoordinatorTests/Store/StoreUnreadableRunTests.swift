// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// Runs that are there and cannot be read.
@Suite struct StoreUnreadableRunTests {
    static let damages = [
        "UPDATE run SET specification = '{\"function\": {\"kind\": \"later\"}}' WHERE id = 2",
        "UPDATE run SET specification = x'FF00' WHERE id = 2", "UPDATE run SET specification = '' WHERE id = 2",
        "INSERT INTO stop(run, reason) VALUES (2, '{\"reason\": \"later\"}')",
    ]

    /// A store with three runs, each with a leased task, the second of them damaged.
    private func damaged(_ damage: String) async throws -> (place: TemporaryFolder, leases: [Lease]) {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        var runs: [RunID] = []
        for number in 1...3 { runs.append(try await store.plannedRun(number)) }
        let leases = try await store.grant(3, of: runs, now: .start)
        try await store.close()
        // Past the type of the column: a text that is none.
        try StoredTables(of: place).execute(
            damage.contains("x'FF00'") ? damage.replacing("x'FF00'", with: "CAST(x'FF00' AS TEXT)") : damage)
        return (place, leases)
    }

    @Test(arguments: damages)
    func `one run that cannot be read keeps nobody from the others`(damage: String) async throws {
        let (place, leases) = try await damaged(damage)
        let store = try await SQLiteTaskStore.open(folder: place.path, mode: .existing)
        #expect(try await store.runs().map(\.id) == [.sample(1), .sample(3)])
        let unreadable = try await store.unreadableRuns()
        #expect(unreadable.map(\.run) == [RunID.sample(2).rawValue])
        #expect(unreadable.first?.message.contains(place.path) == true)
        // Its leases stay for a program that can read it; those of the others were taken back.
        #expect(try await store.runs().map(\.counts.leased) == [0, 0])
        #expect(try await store.leasesOfFormerOwners() == [])
        let shares = (1...3).map { RunID.sample($0) }
        #expect(try await store.grant(12, of: shares, now: .start).count == 8)
        let reports = leases.map { $0.report() }
        #expect(try await store.settle(reports, worker: "w", now: .start).verdicts == [.stale, .unknown, .stale])
        #expect(try await store.expire(leases.map(\.token), now: .start).verdicts == [.stale, .unknown, .stale])
    }

    @Test(arguments: damages)
    func `a run that cannot be read is told as damaged where it is asked for`(damage: String) async throws {
        let (place, _) = try await damaged(damage)
        let store = try await SQLiteTaskStore.open(folder: place.path, mode: .existing, leases: .kept)
        for call in [
            { _ = try await store.run(.sample(2)) }, { _ = try await store.allTasks(of: .sample(2)) },
            { try await store.stop(.sample(2), because: .cancelled) },
            { try await store.createRun(.sample(2), specification: .sample(), createdAt: .start) },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: StoreError.self) { try await call() }
            #expect(error?.code == .damaged)
            #expect(error?.message.contains(RunID.sample(2).rawValue) == true)
        }
        #expect(try await store.leasesOfFormerOwners().map(\.run) == [.sample(1), .sample(3)])
    }

    @Test func `a run that can be read again is gone on with`() async throws {
        let (place, _) = try await damaged(Self.damages[3])
        try await SQLiteTaskStore.open(folder: place.path, mode: .existing).close()
        try StoredTables(of: place).execute("DELETE FROM stop")
        let store = try await SQLiteTaskStore.open(folder: place.path, mode: .existing)
        #expect(try await store.unreadableRuns() == [])
        #expect(try await store.runs().map(\.counts.leased) == [0, 0, 0])
        #expect(try await store.grant(9, of: [.sample(2)], now: .start).count == 4)
    }
}
