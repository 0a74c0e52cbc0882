// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Foundation
import Testing

@testable import CoveCoordinator

/// Lease and settle pairs a second; run with `COVE_BENCHMARK=1` in a release build, it asserts nothing about time.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["COVE_BENCHMARK"] != nil, "measured with COVE_BENCHMARK=1 only"))
struct TaskStoreBenchmark {
    @Test(arguments: [10, 50, 200])
    func `pairs a second, reports in random order within 8000 leases`(pairsPerCommit: Int) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await Self.fill(store, tasks: 300_000)
        var generator = SeededGenerator(seed: 1)
        let result = JSONText(string: String(repeating: "r", count: 198))
        var held: [Lease] = []
        let clock = ContinuousClock()
        let start = clock.now
        let processorStart = Self.processorMicroseconds
        while true {
            var reports: [AttemptReport] = []
            if held.count >= 8_000 {
                for _ in 0..<pairsPerCommit {
                    let index = Int.random(in: 0..<held.count, using: &generator)
                    reports.append(held[index].report(.succeeded(result)))
                    held[index] = held[held.count - 1]
                    held.removeLast()
                }
            }
            // One call, so that the number of pairs in a commit is known.
            let batch = reports
            let granted = try await store.perform { connection in
                _ = try connection.settle(batch, worker: "host-1", now: .start)
                return try connection.grant(pairsPerCommit, of: [GrantShare(run: run)], now: .start)
            }
            if granted.isEmpty { break }
            held += granted
        }
        let time = clock.now - start
        let pairs = Double(300_000 - held.count)
        let microseconds = Double(Self.processorMicroseconds - processorStart) / pairs
        print(
            "pairs per commit \(pairsPerCommit): \(Int(pairs / Double(time.milliseconds) * 1_000)) pairs/s, "
                + "\(microseconds) us of processor time a pair")
        try await store.close()
    }

    @Test(arguments: [1, 8, 32])
    func `pairs a second of several callers, 16 leases at a time`(callers: Int) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await Self.fill(store, tasks: 200_000)
        let result = JSONText(string: String(repeating: "r", count: 198))
        let clock = ContinuousClock()
        let start = clock.now
        await withTaskGroup { group in
            for caller in 0..<callers {
                group.addTask {
                    do {
                        while true {
                            let leases = try await store.grant(16, of: [run], now: .start)
                            if leases.isEmpty { return }
                            let reports = leases.map { $0.report(.succeeded(result)) }
                            _ = try await store.settle(reports, worker: "host-\(caller)", now: .start)
                        }
                    } catch { Issue.record(error) }
                }
            }
        }
        print("\(callers) callers: \(Int(200_000 / Double((clock.now - start).milliseconds) * 1_000)) pairs/s")
        #expect(try await store.counts(of: run)?.succeeded == 200_000)
        try await store.close()
    }

    @Test(arguments: [10_000, 1_000_000])
    func `a grant of 50 among many queued tasks`(queued: Int) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let clock = ContinuousClock()
        var start = clock.now
        let run = try await Self.fill(store, tasks: queued)
        print("\(queued) tasks added: \((clock.now - start).milliseconds) ms")
        start = clock.now
        for _ in 0..<100 { _ = try await store.grant(50, of: [run], now: .start) }
        print("\(queued) queued: \((clock.now - start) / 100) a grant")
        start = clock.now
        try await store.close()
        let again = try await SQLiteTaskStore.open(folder: place.path, mode: .existing)
        print("\(queued) queued: \(clock.now - start) to close and open")
        try await again.close()
    }

    @Test func `a grant of 50 for one region among 17`() async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        let run = try await Self.fill(store, tasks: 170_000, regions: 17)
        let clock = ContinuousClock()
        func measure(_ what: String, _ regions: Set<Int>, times: Int = 100, of limit: Int = 50) async throws {
            let processorStart = Self.processorMicroseconds
            let start = clock.now
            var granted = 0
            for _ in 0..<times { granted += try await store.grant(limit, of: run, regions: regions).count }
            let processor = (Self.processorMicroseconds - processorStart) / Int64(times)
            print(
                "\(what): \((clock.now - start) / times) a grant, \(processor) us of processor time, \(granted) leases")
        }
        try await measure("one region", [16])
        try await measure("all 17 regions", Set(0..<17))
        try await measure("the rest of one region", [16], times: 1, of: .max)
        try await measure("one exhausted region", [16])
        try await measure("16 regions and an exhausted one", Set(0..<17))
        try await store.close()
    }

    @Test(arguments: [1, 1_000])
    func `a run beside others that are complete`(others: Int) async throws {
        let place = try TemporaryFolder()
        let store = try await SQLiteTaskStore.open(folder: place.path)
        for number in 2...others + 1 {
            let run = try await store.plannedRun(number, accounts: 0..<20)
            let leases = try await store.grant(.max, of: [run], now: .start)
            _ = try await store.settle(leases.map { $0.report() }, worker: "host-1", now: .start)
        }
        let run = try await Self.fill(store, tasks: 50_000)
        let clock = ContinuousClock()
        var start = clock.now
        let processorStart = Self.processorMicroseconds
        while true {
            let leases = try await store.grant(50, of: [run], now: .start)
            if leases.isEmpty { break }
            _ = try await store.settle(leases.map { $0.report() }, worker: "host-1", now: .start)
        }
        let processor = Double(Self.processorMicroseconds - processorStart) / 50_000
        print(
            "\(others) other runs: \(Int(50_000 / Double((clock.now - start).milliseconds) * 1_000)) pairs/s, "
                + "\(processor) us of processor time a pair")
        start = clock.now
        #expect(try await store.runs().count == others + 1)
        print("\(others) other runs: \(clock.now - start) to list them")
        start = clock.now
        try await store.forget(run)
        print("\(others) other runs: \(clock.now - start) to forget one of 50000 tasks")
        try await store.close()
    }

    private static var processorMicroseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    private static func fill(_ store: SQLiteTaskStore, tasks: Int, regions: Int = 10) async throws -> RunID {
        let run = RunID.sample(1)
        try await store.createRun(
            run, specification: .sample(regions: (0..<regions).map { "region-\($0)" }), createdAt: .start)
        for page in stride(from: 0, to: tasks / regions, by: 1_000) {
            let accounts = Account.samples(page..<min(page + 1_000, tasks / regions))
            _ = try await store.addTargets(accounts, skipped: [], to: run)
        }
        try await store.finishPlanning(run)
        return run
    }
}
