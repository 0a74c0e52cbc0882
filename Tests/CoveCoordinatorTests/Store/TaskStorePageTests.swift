// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@testable import CoveCoordinator

/// How every task store hands out tasks and outcomes.
@Suite struct TaskStorePageTests {
    static let outcomes: [Outcome] = [
        .succeeded(nil), .succeeded(.number(7)),
        .succeeded(JSONText(trusted: Array(#"{"é": [1e400, "\u0000"]}"#.utf8))),
        .failed(.sample), .roleNotAssumed(Failure(type: "T", message: "")),
    ]

    @Test(arguments: StoreKind.allCases)
    func `outcomes come back as they were reported`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let run = try await store.plannedRun(accounts: 0..<5, regions: nil)
        let leases = try await store.grant(5, of: [run], now: .start)
        for (lease, outcome) in zip(leases, Self.outcomes) { _ = try await store.settle(lease, outcome) }
        for _ in 1...2 {
            #expect(try await store.allTasks(of: run).map(\.outcome) == Self.outcomes)
            #expect(try await store.allOutcomes(of: run).map(\.outcome) == Self.outcomes)
            try await store.close()
            store = try await kind.open(place)
        }
    }

    @Test(arguments: StoreKind.allCases, [1, 2, 7, 100])
    func `pages are in plan order and hold only the wanted states`(kind: StoreKind, limit: Int) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(1)
        try await store.createRun(run, specification: .sample(), createdAt: .start)
        _ = try await store.addTargets(Account.samples(10..<13), skipped: [], to: run)
        _ = try await store.addTargets(Account.samples(0..<3), skipped: [], to: run)
        try await store.finishPlanning(run)
        try await store.plannedRun(2, accounts: 0..<20)
        let leases = try await store.grant(4, of: [run], now: .start)
        _ = try await store.settle([leases[3].report(.failed(.sample)), leases[0].report()], worker: "w", now: .start)

        let all = try await store.allTasks(of: run, limit: limit)
        #expect(all.map(\.account) == [10, 10, 11, 11, 12, 12, 0, 0, 1, 1, 2, 2].map(Account.sample))
        #expect(
            all.map(\.state) == [
                .succeeded, .failed, .leased, .ready, .leased, .ready, .ready, .ready, .ready, .ready, .ready, .ready,
            ])
        for state in TaskState.allCases {
            #expect(try await store.allTasks(of: run, in: [state], limit: limit) == all.filter { $0.state == state })
        }
        #expect(try await store.allTasks(of: run, in: [], limit: limit) == [])
        let unsuccessful = try await store.allTasks(of: run, in: [.failed, .roleNotAssumed], limit: limit)
        #expect(unsuccessful.map(\.outcome) == [.failed(.sample)])
    }

    @Test(arguments: StoreKind.allCases, [1, 2, 100])
    func `outcomes are in the order of settling, and only the newest of a task`(kind: StoreKind, limit: Int)
        async throws
    {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<4, regions: nil)
        let other = try await store.plannedRun(2, accounts: 0..<4, regions: nil)
        let leases = try await store.grant(4, of: [run], now: .start)
        let others = try await store.grant(4, of: [other], now: .start)
        for index in [2, 0, 3, 1] {
            _ = try await store.settle(leases[index], index == 0 ? .failed(.sample) : .succeeded(.number(index)))
            _ = try await store.settle(others[index])
        }
        func ids() async throws -> [TaskID] { try await store.allOutcomes(of: run, limit: limit).map(\.id) }
        #expect(try await ids() == [2, 0, 3, 1].map { leases[$0].token.task })
        _ = try await store.retry(run)
        #expect(try await ids() == [2, 3, 1].map { leases[$0].token.task })
        let end = try await store.outcomes(of: run, after: 0, limit: 100).next
        let again = try #require(try await store.grant(1, of: [run], now: .start).first)
        #expect(try await store.outcomes(of: run, after: end, limit: 100).tasks == [])
        _ = try await store.settle(again)
        #expect(try await store.outcomes(of: run, after: end, limit: 100).tasks.map(\.id) == [leases[0].token.task])
        #expect(try await ids() == [2, 3, 1, 0].map { leases[$0].token.task })
    }

    @Test(arguments: StoreKind.allCases)
    func `a page ends early when its results are large`(kind: StoreKind) async throws {
        let store = try await kind.open(TemporaryFolder())
        let run = try await store.plannedRun(accounts: 0..<5, regions: nil)
        let large = JSONText(string: String(repeating: "x", count: 3 * 1_024 * 1_024))
        let leases = try await store.grant(5, of: [run], now: .start)
        _ = try await store.settle(leases.map { $0.report(.succeeded(large)) }, worker: "w", now: .start)
        #expect(try await store.tasks(of: run, in: TaskState.allCases, after: .start, limit: 100).tasks.count == 3)
        #expect(try await store.outcomes(of: run, after: 0, limit: 100).tasks.count == 3)
        #expect(try await store.allTasks(of: run, limit: 100).allSatisfy { $0.outcome == .succeeded(large) })
        #expect(try await store.allOutcomes(of: run, limit: 100).count == 5)
    }

    @Test(arguments: StoreKind.allCases)
    func `a hundred thousand tasks are walked in pages, and a rare state among them is found`(kind: StoreKind)
        async throws
    {
        let store = try await kind.open(TemporaryFolder())
        let run = RunID.sample(1)
        let regions = (1...10).map { "region-\($0)" }
        try await store.createRun(run, specification: .sample(regions: regions), createdAt: .start)
        for page in 0..<10 {
            let accounts = Account.samples(page * 1_000..<(page + 1) * 1_000)
            #expect(try await store.addTargets(accounts, skipped: [], to: run) == 10_000)
        }
        try await store.finishPlanning(run)
        var seen = 0
        var cursor = TaskCursor.start
        while true {
            let page = try await store.tasks(of: run, in: TaskState.allCases, after: cursor, limit: 5_000)
            if page.tasks.isEmpty { break }
            for task in page.tasks {
                let isInOrder =
                    task.account.id == Account.sample(seen / 10).id && task.region?.rawValue == regions[seen % 10]
                if !isInOrder { Issue.record("task \(seen) is \(task.account.id) \(task.region?.rawValue ?? "-")") }
                seen += 1
            }
            cursor = page.next
        }
        #expect(seen == 100_000)
        // The 9,999th of 10,000 ids of the first page of accounts stands far from the start of the plan.
        let leases = try await store.grant(9_999, of: [run], now: .start)
        let last = try #require(leases.last)
        _ = try await store.settle(last, .failed(.sample))
        #expect(try await store.allTasks(of: run, in: [.failed], limit: 10).map(\.id) == [last.token.task])
    }
}
