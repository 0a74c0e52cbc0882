// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// What every task store does with leases, tokens and outcomes.
@Suite struct TaskStoreLeaseTests {
    @Test(arguments: StoreKind.allCases)
    func `a task is leased to one at a time`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun()
        let first = try await store.grant(3, of: [run], now: .start)
        let second = try await store.grant(3, of: [run], now: .start)
        #expect(first.count == 3)
        #expect(second.count == 1)
        #expect(Set((first + second).map(\.token.task)).count == 4)
        #expect(try await store.grant(3, of: [run], now: .start) == [])
        #expect(try await store.grant(0, of: [run], now: .start) == [])
        #expect(first.allSatisfy { $0.token.epoch == store.epoch && $0.token.generation == 1 && $0.attempt == 1 })
        #expect(try await store.counts(of: run)?.leased == 4)
    }

    @Test(arguments: StoreKind.allCases)
    func `runs take turns, within a call and from call to call`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        var runs: [RunID] = []
        for number in 1...3 { runs.append(try await store.plannedRun(number, accounts: 0..<4, regions: nil)) }
        let many = try await store.grant(6, of: runs, now: .start)
        for run in runs { #expect(many.count { $0.run == run } == 2) }
        var served: [RunID] = []
        for _ in 1...3 { served += try await store.grant(1, of: runs, now: .start).map(\.run) }
        #expect(Set(served).count == 3, "\(served)")
        // What one run cannot use goes to the others.
        #expect(try await store.grant(10, of: [runs[0]], now: .start).count == 1)
        #expect(try await store.grant(10, of: runs, now: .start).count == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `a report with the newest token settles its task once`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(try await store.settle(lease, .succeeded(.number(1))).verdicts == [.applied])
        let again = try await store.settle(lease, .failed(.sample))
        #expect(again == SettlementResult(verdicts: [.duplicate]))
        let task = try #require(try await store.allTasks(of: run).first)
        #expect(task.outcome == .succeeded(.number(1)))
        #expect(task.startedAt == .after(1))
        #expect(task.durationMilliseconds == 250)
        #expect(task.worker == "w1")
        #expect(task.attempts == 1)
        #expect(try await store.allOutcomes(of: run) == [task])
    }

    @Test(arguments: StoreKind.allCases)
    func `a report with an old token changes nothing`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        let old = try #require(try await store.grant(1, of: [run], now: .start).first)
        _ = try await store.expire([old.token], now: .start)
        #expect(try await store.settle(old).verdicts == [.stale])
        let new = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(new.token.generation == old.token.generation + 1)
        #expect(try await store.settle(old).verdicts == [.stale])
        #expect(try await store.release(old, .notStarted).verdicts == [.stale])
        #expect(try await store.expire([old.token], now: .start).verdicts == [.stale])
        let forged = LeaseToken(task: new.token.task, epoch: new.token.epoch + 1, generation: new.token.generation)
        #expect(try await store.expire([forged], now: .start).verdicts == [.stale])
        #expect(try await store.counts(of: run)?.leased == 1)
        #expect(try await store.settle(new).verdicts == [.applied])
        #expect(try await store.settle(old).verdicts == [.stale])
    }

    @Test(arguments: StoreKind.allCases)
    func `a token of no task is unknown`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let token = LeaseToken(task: TaskID(99), epoch: store.epoch, generation: 1)
        let report = AttemptReport(token: token, outcome: .succeeded(nil), startedAt: .start, durationMilliseconds: 1)
        #expect(try await store.settle([report], worker: "w", now: .start).verdicts == [.unknown])
        #expect(try await store.expire([token], now: .start).verdicts == [.unknown])
        #expect(
            try await store.release([LeaseRelease(token: token, reason: .notStarted)], now: .start).verdicts == [
                .unknown
            ])
    }

    @Test(arguments: StoreKind.allCases)
    func `verdicts stand in the order of the reports, also for the same token twice`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<3, regions: nil)
        let leases = try await store.grant(3, of: [run], now: .start)
        _ = try await store.expire([leases[1].token], now: .start)
        let unknown = AttemptReport(
            token: LeaseToken(task: TaskID(99), epoch: 1, generation: 1), outcome: .succeeded(nil), startedAt: .start,
            durationMilliseconds: 0)
        let reports = [
            leases[2].report(.failed(.sample)), leases[1].report(), unknown, leases[2].report(),
            leases[0].report(.roleNotAssumed(.sample)),
        ]
        let result = try await store.settle(reports, worker: "w", now: .start)
        #expect(result.verdicts == [.applied, .stale, .unknown, .duplicate, .applied])
        #expect(try await store.allOutcomes(of: run).map(\.id) == [leases[2], leases[0]].map(\.token.task))
    }

    @Test(arguments: StoreKind.allCases)
    func `a token that settled a task before a retry is a duplicate afterwards too`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        var tokens: [Lease] = []
        for _ in 1...3 {
            let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
            #expect(try await store.settle(lease, .failed(.sample)).verdicts == [.applied])
            _ = try await store.retry(run)
            tokens.append(lease)
            for token in tokens { #expect(try await store.settle(token).verdicts == [.duplicate]) }
        }
        let task = try #require(try await store.allTasks(of: run).first)
        #expect(task.state == .ready)
        #expect(task.outcome == nil)
        #expect(task.worker == nil)
        #expect(try await store.allOutcomes(of: run) == [])
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(lease.attempt == 4)
        _ = try await store.settle(lease)
        #expect(try await store.allOutcomes(of: run).map(\.outcome) == [.succeeded(.number(1))])
    }

    @Test(arguments: StoreKind.allCases)
    func `a lease that was not started costs nothing and is leased again with a new token`(kind: StoreKind) async throws
    {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        for generation in Int64(1)...4 {
            let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
            #expect(lease.attempt == 1)
            #expect(lease.token.generation == generation)
            let reason: LeaseRelease.Reason = generation.isMultiple(of: 2) ? .callerCredentials(.sample) : .notStarted
            #expect(try await store.release(lease, reason).verdicts == [.applied])
            #expect(try await store.release(lease, reason).verdicts == [.stale])
            let task = try #require(try await store.allTasks(of: run).first)
            #expect(task.attempts == 0)
            #expect(!task.wasInterrupted)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an interrupted attempt costs nothing and leaves its mark until the task settles`(kind: StoreKind) async throws
    {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        let first = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(try await store.release(first, .interrupted).verdicts == [.applied])
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(lease.attempt == 1)
        #expect(try await store.allTasks(of: run).map(\.wasInterrupted) == [true])
        _ = try await store.release(lease, .notStarted)
        #expect(try await store.allTasks(of: run).map(\.wasInterrupted) == [true])
        let last = try #require(try await store.grant(1, of: [run], now: .start).first)
        _ = try await store.settle(last)
        #expect(try await store.allTasks(of: run).map(\.wasInterrupted) == [false])
    }

    @Test(arguments: StoreKind.allCases)
    func `a task whose role cannot be asked for waits longer each time and settles the ninth time`(
        kind: StoreKind
    ) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        var now = Timestamp.start
        for (number, seconds) in [1, 2, 4, 8, 16, 32, 60, 60].enumerated() {
            let lease = try #require(try await store.grant(1, of: [run], now: now).first)
            #expect(lease.attempt == 1)
            let result = try await store.release(lease, .unreachable(.sample), now: now)
            #expect(result == SettlementResult(verdicts: [.applied]))
            let delay = Deferral.delay(number: number + 1, of: lease.token.task)
            #expect(delay >= .milliseconds(seconds * 500) && delay <= .seconds(seconds))
            #expect(try await store.grant(1, of: [run], now: now + (delay - .milliseconds(1))) == [])
            now = now + delay
        }
        let lease = try #require(try await store.grant(1, of: [run], now: now).first)
        let result = try await store.release(lease, .unreachable(.sample), now: now)
        #expect(result.verdicts == [.applied])
        #expect(result.completedRuns == [run])
        let task = try #require(try await store.allTasks(of: run).first)
        #expect(task.outcome == .roleNotAssumed(.sample))
        #expect(task.worker == nil)
        #expect(try await store.release(lease, .unreachable(.sample), now: now).verdicts == [.duplicate])
        // A retry begins anew.
        #expect(try await store.retry(run) == 1)
        let again = try #require(try await store.grant(1, of: [run], now: now).first)
        _ = try await store.release(again, .unreachable(.sample), now: now)
        #expect(try await store.grant(1, of: [run], now: now + .seconds(1)).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `a throttled task is put off a hundred times before it settles`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        var now = Timestamp.start
        for _ in 0..<Deferral.throttleLimit {
            let lease = try #require(try await store.grant(1, of: [run], now: now).first)
            #expect(try await store.release(lease, .throttled(.sample), now: now).completedRuns.isEmpty)
            now = now + Deferral.longest
        }
        let lease = try #require(try await store.grant(1, of: [run], now: now).first)
        #expect(try await store.release(lease, .throttled(.sample), now: now).completedRuns == [run])
        #expect(try await store.allTasks(of: run).first?.outcome == .roleNotAssumed(.sample))
    }

    @Test(arguments: StoreKind.allCases)
    func `a clock that was set back lets no task wait longer than any may`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
        _ = try await store.release(lease, .throttled(.sample), now: .start)
        #expect(try await store.grant(1, of: [run], now: .start) == [])
        #expect(try await store.grant(1, of: [run], now: .after(-3_600)).count == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `tasks that wait for their time do not hold up the others`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<5, regions: nil)
        let leases = try await store.grant(3, of: [run], now: .start)
        _ = try await store.release(leases.map { $0.release(.throttled(.sample)) }, now: .start)
        #expect(try await store.grant(1, of: [run], now: .start).map(\.account) == [.sample(3)])
        #expect(try await store.grant(9, of: [run], now: .after(1)).map(\.account) == [0, 1, 2, 4].map(Account.sample))
    }

    @Test(arguments: StoreKind.allCases)
    func `the third lost worker settles the task as failed`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil)
        for attempt in 1...3 {
            let lease = try #require(try await store.grant(1, of: [run], now: .start).first)
            #expect(lease.attempt == attempt)
            let result = try await store.expire([lease.token], now: .start)
            #expect(result.verdicts == [.applied])
            #expect(result.completedRuns == (attempt == 3 ? [run] : []))
            #expect(try await store.allTasks(of: run).map(\.wasInterrupted) == [attempt < 3])
        }
        let task = try #require(try await store.allTasks(of: run).first)
        #expect(task.outcome == .failed(.workerLost(times: 3)))
        #expect(task.attempts == 3)
    }

    @Test(arguments: StoreKind.allCases)
    func `an at-most-once task that was started and lost is not run again`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<5, regions: nil, isAtMostOnce: true)
        let leases = try await store.grant(4, of: [run], now: .start)
        #expect(try await store.expire([leases[0].token], now: .start).verdicts == [.applied])
        #expect(try await store.release(leases[1], .interrupted).verdicts == [.applied])
        // These two never ran the function.
        _ = try await store.release(leases[2], .notStarted)
        _ = try await store.release(leases[3], .throttled(.sample))
        _ = try await store.grant(1, of: [run], now: .start)
        try await store.close()
        store = try await kind.open(place)
        let tasks = try await store.allTasks(of: run)
        #expect(tasks.map(\.state) == [.failed, .failed, .failed, .ready, .ready])
        #expect(tasks.prefix(3).allSatisfy { $0.outcome == .failed(.outcomeUnknown) })
    }

    @Test(arguments: StoreKind.allCases)
    func `opening again makes leased tasks ready without charge and their tokens stale`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<3, regions: nil)
        let leases = try await store.grant(2, of: [run], now: .start)
        _ = try await store.settle(leases[0])
        let epoch = store.epoch
        try await store.close()
        store = try await kind.open(place)
        #expect(store.epoch == epoch + 1)
        #expect(try await store.settle(leases[1]).verdicts == [.stale])
        #expect(try await store.settle(leases[0]).verdicts == [.duplicate])
        let tasks = try await store.allTasks(of: run)
        #expect(tasks.map(\.state) == [.succeeded, .ready, .ready])
        #expect(tasks.map(\.attempts) == [1, 0, 0])
        #expect(tasks.map(\.wasInterrupted) == [false, true, false])
        let again = try await store.grant(2, of: [run], now: .start)
        #expect(again[0].token == LeaseToken(task: leases[1].token.task, epoch: epoch + 1, generation: 2))
        #expect(again[0].attempt == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `opening again may complete an at-most-once run`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<1, regions: nil, isAtMostOnce: true)
        _ = try await store.grant(1, of: [run], now: .start)
        try await store.close()
        store = try await kind.open(place)
        #expect(try await store.run(run)?.state == .completed)
    }
}
