// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// What every task store does with runs that are stopped.
@Suite struct TaskStoreStopTests {
    static let reasons: [StopReason] = [
        .raisedException(TaskID(7)), .interrupted, .cancelled, .planningFailed(["one problem", "another \"one\""]),
        .invalidRequest(["no such account"]),
        .callerCredentials(.sample),
    ]

    @Test(arguments: StoreKind.allCases, reasons)
    func `the first reason of a stop stays, also after reopening, until the run is resumed`(
        kind: StoreKind, reason: StopReason
    ) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun()
        let other = try await store.plannedRun(2)
        #expect(try await store.run(run)?.stopReason == nil)
        try await store.stop(run, because: reason)
        try await store.stop(run, because: reason == .cancelled ? .interrupted : .cancelled)
        for _ in 1...2 {
            #expect(try await store.run(run)?.stopReason == reason)
            #expect(try await store.runs().map(\.stopReason) == [reason, nil])
            #expect(try await store.run(run)?.state == .planned)
            try await store.close()
            store = try await kind.open(place)
        }
        try await store.resume(run)
        for _ in 1...2 {
            #expect(try await store.run(run)?.stopReason == nil)
            #expect(try await store.runs().map(\.stopReason) == [nil, nil])
            try await store.close()
            store = try await kind.open(place)
        }
        // It can be stopped again, for another reason.
        try await store.stop(run, because: .interrupted)
        #expect(try await store.run(run)?.stopReason == .interrupted)
        #expect(try await store.run(other)?.stopReason == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `nothing of a stopped run is granted, and what is leased can be settled`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<4, regions: nil)
        let other = try await store.plannedRun(2, accounts: 0..<2, regions: nil)
        let leases = try await store.grant(2, of: [run], now: .start)
        try await store.stop(run, because: .cancelled)
        #expect(try await store.grant(9, of: [run], now: .start) == [])
        #expect(try await store.grant(9, of: [run, other], now: .start).map(\.run) == [other, other])
        #expect(try await store.settle(leases[0]).verdicts == [.applied])
        #expect(try await store.release(leases[1], .interrupted).verdicts == [.applied])
        #expect(try await store.grant(9, of: [run], now: .start) == [])
        try await store.resume(run)
        #expect(try await store.grant(9, of: [run], now: .start).count == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `resuming a run that is not stopped changes nothing`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun()
        let before = try await store.run(run)
        try await store.resume(run)
        #expect(try await store.run(run) == before)
    }

    @Test(arguments: StoreKind.allCases, [true, false])
    func `a retry takes the stop back, whether or not something failed`(kind: StoreKind, hasFailed: Bool) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<2, regions: nil)
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        _ = try await store.settle(lease, hasFailed ? .failed(.sample) : .succeeded(nil))
        try await store.stop(run, because: .raisedException(lease.token.task))
        #expect(try await store.retry(run) == (hasFailed ? 1 : 0))
        #expect(try await store.run(run)?.stopReason == nil)
        #expect(try await store.grant(9, of: [run], now: .start).count == (hasFailed ? 2 : 1))
    }

    @Test(arguments: StoreKind.allCases)
    func `a first failure stops a run that raises it, in the same decision`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<6, regions: nil, raisesException: true)
        let leases = try await store.grant(4, of: [run], now: .start)
        #expect(try await store.settle(leases[0]).stoppedRuns == [])
        let reports = [leases[1].report(.roleNotAssumed(.sample)), leases[2].report(.failed(.sample))]
        let result = try await store.settle(reports, worker: "w", now: .start)
        #expect(result.verdicts == [.applied, .applied] && result.stoppedRuns == [run])
        #expect(try await store.grant(9, of: [run], now: .start) == [])
        try await store.close()
        store = try await kind.open(place)
        #expect(try await store.run(run)?.stopReason == .raisedException(leases[1].token.task))
        #expect(try await store.grant(9, of: [run], now: .start) == [])
        // After a resume the next failure stops it again.
        try await store.resume(run)
        let more = try await store.grant(1, of: [run], now: .start)
        #expect(try await store.settle(more[0], .failed(.sample)).stoppedRuns == [run])
        #expect(try await store.run(run)?.stopReason == .raisedException(more[0].token.task))
    }

    @Test(arguments: StoreKind.allCases)
    func `a failure stops no run that does not raise it, and none that is stopped`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<2, regions: nil)
        let other = try await store.plannedRun(2, accounts: 0..<2, regions: nil, raisesException: true)
        let leases = try await store.grant(2, of: [run, other], now: .start)
        try await store.stop(other, because: .cancelled)
        for lease in leases { #expect(try await store.settle(lease, .failed(.sample)).stoppedRuns == []) }
        #expect(try await store.run(run)?.stopReason == nil)
        #expect(try await store.run(other)?.stopReason == .cancelled)
    }
}
