// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import Testing

@testable import CoveKit

/// A run in a store of its own, with tasks in every state.
struct StoredRun {
    let place: TemporaryFolder
    let folders: RunFolders
    let id: RunID
    let store: SQLiteTaskStore

    /// A run in account 1 to `accounts` and one region, planned, nothing leased yet.
    init(
        accounts: Int, regions: [String]? = ["eu-west-1"], skipped: [NotTargeted] = [], isPlanned: Bool = true,
        function: FunctionSpecification = .exec(ProgramSpecification(program: "/bin/echo", arguments: ["a"]))
    ) async throws {
        place = try TemporaryFolder()
        folders = try #require(RunFolders(option: place.path, environment: .sample()))
        id = try .sample()
        store = try await SQLiteTaskStore.open(
            folder: folders.store(of: id), mode: .create, writtenBy: "0.1.0", now: .start)
        let specification = RunSpecification(
            function: function, regions: regions.map { $0.compactMap { RegionName($0) } },
            role: RoleSpecification(name: "audit/Reader"))
        try await store.createRun(id, specification: specification, createdAt: .start)
        try await store.beginPlanning(id, callingAccount: .sample(999), partition: "aws")
        let targets = try (1...max(1, accounts)).map {
            Account(id: try .sample($0), name: "account \($0)", status: "ACTIVE")
        }
        _ = try await store.addTargets(Array(targets.prefix(accounts)), skipped: skipped, to: id)
        if isPlanned { try await store.finishPlanning(id) }
    }

    /// Leases so many tasks, the next ones in plan order.
    func lease(_ count: Int) async throws -> [Lease] {
        try await store.grant(count, of: [GrantShare(run: id)], now: .start)
    }

    /// Settles a lease after a quarter of a second.
    func settle(_ lease: Lease, _ outcome: Outcome) async throws {
        let report = AttemptReport(
            token: lease.token, outcome: outcome, startedAt: .start + .seconds(1), durationMilliseconds: 250)
        let settled = try await store.settle([report], worker: "host/7", now: .start + .seconds(2))
        #expect(settled.verdicts == [.applied])
    }

    /// What a target writes to a file.
    func written(_ format: OutputFormat, tableWidth: Int? = nil) async throws -> String {
        try await OutputTarget(format: format, path: place.file("out"), tableWidth: tableWidth)
            .write(id, of: store, keptFor: "cove results \(id)")
        return try place.text("out")
    }
}

extension StoredRun {
    /// Account 1 succeeded, 2 failed, 3 has no role, 4 was interrupted, 5 runs, 6 waits, 7 is suspended; settled 3, 1, 2.
    static func mixed() async throws -> StoredRun {
        let suspended = NotTargeted(
            Account(id: try .sample(7), name: "account 7", state: "SUSPENDED"), .notActive("SUSPENDED"))
        let run = try await StoredRun(accounts: 6, skipped: [suspended])
        let leases = try await run.lease(5)
        try await run.settle(
            leases[2],
            .roleNotAssumed(
                Failure(
                    type: "ClientError", code: "AccessDenied", message: "not authorized", operation: "STS.AssumeRole",
                    requestID: "r-1", httpStatus: 403, attempts: 1, isRetryable: false)))
        try await run.settle(leases[0], .succeeded(try .literal("{\"b\": 1.0,\n \"a\": \"\\u00e9\"}")))
        try await run.settle(
            leases[1], .failed(Failure(type: "ProgramFailed", message: "exit code 3", exitCode: 3, stderr: "oh\nno")))
        _ = try await run.store.release([LeaseRelease(token: leases[3].token, reason: .interrupted)], now: .start)
        return run
    }
}
