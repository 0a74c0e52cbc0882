// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveCoordinator

/// The stores that the conformance suite runs against.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite

    var testDescription: String { rawValue }

    /// Opens the store in a place: the same place has the same contents.
    ///
    /// - Parameter keepingLeases: whether leases of former owners stay what they are.
    func open(
        _ place: TemporaryFolder, keepingLeases: Bool = false, now: Timestamp = .start
    ) async throws -> any TaskStore {
        switch self {
        case .sqlite:
            try await SQLiteTaskStore.open(folder: place.path, leases: keepingLeases ? .kept : .takenBack, now: now)
        }
    }
}

extension SQLiteTaskStore {
    static func open(
        folder: String, mode: OpenMode = .create, leases: FormerLeases = .takenBack, pace: Duration = .zero,
        now: Timestamp = .start
    ) async throws -> SQLiteTaskStore {
        try await open(folder: folder, mode: mode, leases: leases, pace: pace, writtenBy: "0.1.0", now: now)
    }
}

extension TaskStore {
    /// Removes a run at a time when nothing is waited for that was brought at the start.
    func forget(_ run: RunID) async throws { try await forget(run, now: .after(3_601)) }
}

/// A folder that is removed with the value; a store that is open in it goes on with the files that it has open.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cove-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension Timestamp {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)

    static func after(_ seconds: Int64) -> Timestamp { start + .seconds(seconds) }
}

extension Account {
    /// The account of a number, with all that Organizations says.
    static func sample(_ number: Int) -> Account {
        let digits = String(number)
        let id = String(repeating: "0", count: 12 - digits.count) + digits
        guard let account = AccountID(id) else { preconditionFailure("\(id) is no account id") }
        return Account(
            id: account, name: "account \(number)", arn: "arn:aws:organizations::000000000000:account/o-1/\(id)",
            email: "a\(number)@example.com", status: "ACTIVE", state: "ACTIVE")
    }

    static func samples(_ range: Range<Int>) -> [Account] { range.map(sample) }
}

extension RunID {
    static func sample(_ number: Int) -> RunID {
        let digits = String(number)
        guard let id = RunID("20261120-235959-" + String(repeating: "a", count: 5 - digits.count) + digits) else {
            preconditionFailure("\(number) is too large")
        }
        return id
    }
}

extension RunSpecification {
    static func sample(regions: [String]? = ["eu-west-1", "us-east-1"], isAtMostOnce: Bool = false) -> RunSpecification
    {
        RunSpecification(
            function: .exec(ProgramSpecification(program: "true", arguments: ["--", "é \"quoted\" /"])),
            regions: regions.map { $0.compactMap { RegionName($0) } },
            role: RoleSpecification(name: "audit/Reader", policy: #"{"Version": "2012-10-17"}"#),
            taskTimeoutSeconds: 60, isAtMostOnce: isAtMostOnce)
    }
}

extension Failure {
    static let sample = Failure(
        type: "ClientError", code: "AccessDenied", message: "not \"allowed\"\n\u{1} é", operation: "STS.AssumeRole",
        requestID: "r-1", httpStatus: 403, attempts: 2, isRetryable: false, exitCode: 3, stderr: "the end\\",
        traceback: "line 1\nline \"2\"")
}

extension JSONText {
    static func number(_ value: Int) -> JSONText { JSONText(trusted: Array(String(value).utf8)) }
}

extension Lease {
    func report(_ outcome: Outcome = .succeeded(.number(1))) -> AttemptReport {
        AttemptReport(token: token, outcome: outcome, startedAt: .after(1), durationMilliseconds: 250)
    }

    func release(_ reason: LeaseRelease.Reason) -> LeaseRelease { LeaseRelease(token: token, reason: reason) }
}

extension TaskStore {
    /// A run whose planning is finished.
    @discardableResult
    func plannedRun(
        _ number: Int = 1, accounts: Range<Int> = 0..<2, regions: [String]? = ["eu-west-1", "us-east-1"],
        isAtMostOnce: Bool = false, raisesException: Bool = false
    ) async throws -> RunID {
        let run = RunID.sample(number)
        var specification = RunSpecification.sample(regions: regions, isAtMostOnce: isAtMostOnce)
        specification.raisesException = raisesException
        try await createRun(run, specification: specification, createdAt: .after(Int64(number)))
        _ = try await addTargets(Account.samples(accounts), skipped: [], to: run)
        try await finishPlanning(run)
        return run
    }

    func settle(_ lease: Lease, _ outcome: Outcome = .succeeded(.number(1))) async throws -> SettlementResult {
        try await settle([lease.report(outcome)], worker: "w1", now: .after(2))
    }

    func release(_ lease: Lease, _ reason: LeaseRelease.Reason, now: Timestamp = .start) async throws
        -> SettlementResult
    {
        try await release([lease.release(reason)], now: now)
    }

    /// All of a run's tasks in a few states, in pages.
    func allTasks(of run: RunID, in states: [TaskState] = TaskState.allCases, limit: Int = 3) async throws
        -> [TaskRecord]
    {
        var found: [TaskRecord] = []
        var cursor = TaskCursor.start
        while true {
            let page = try await tasks(of: run, in: states, after: cursor, limit: limit)
            if page.tasks.isEmpty { return found }
            found += page.tasks
            cursor = page.next
        }
    }

    func allOutcomes(of run: RunID, limit: Int = 3) async throws -> [TaskRecord] {
        var found: [TaskRecord] = []
        var place: Int64 = 0
        while true {
            let page = try await outcomes(of: run, after: place, limit: limit)
            if page.tasks.isEmpty { return found }
            found += page.tasks
            place = page.next
        }
    }

    func counts(of run: RunID) async throws -> RunCounts? { try await self.run(run)?.counts }
}

/// A generator whose numbers follow from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
