// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Reads what became of a run of a Swift function, typed.
struct NativeReader<Output: Sendable>: Sendable {
    /// How many tasks are read at a time.
    private static var page: Int { 256 }

    let run: RunID
    let reader: any RunReader
    let coding: CoveCoding<Output>

    /// All of it, in plan order.
    func output() async throws -> CoveOutput<Output> {
        var output = CoveOutput<Output>(run: run)
        guard let record = try await reader.run(run) else { return output }
        var cursor = TaskCursor.start
        while true {
            let page = try await reader.tasks(of: run, in: TaskState.allCases, after: cursor, limit: Self.page)
            if page.tasks.isEmpty { break }
            cursor = page.next
            for task in page.tasks {
                switch try outcome(task, record) {
                case .succeeded(let result): output.results.append(result)
                case .failed(let failure): output.exceptions.append(failure)
                case .roleNotAssumed(let failure): output.failedAssumeRole.append(failure)
                case .notRun(let target): output.notRun.append(target)
                }
            }
        }
        output.notRun += try await skipped()
        return output
    }

    /// Hands outcomes over as they settle, until the run is over and all were taken, or nobody takes them any more.
    func feed(_ feed: OutcomeFeed<CoveOutcome<Output>>, as follower: RunFollower) async throws {
        var sequence: Int64 = 0
        for await _ in follower.changes {
            // Asked before: what settles later is read after it.
            let isOver = follower.latest?.status.isOver ?? false
            guard let record = try await reader.run(run) else { return }
            while true {
                let page = try await reader.outcomes(of: run, after: sequence, limit: Self.page)
                if page.tasks.isEmpty { break }
                guard await feed.hand(try page.tasks.map { try outcome($0, record) }) else { return }
                sequence = page.next
            }
            if isOver { return }
        }
    }

    /// Hands over what never ran.
    func feedNotRun(_ feed: OutcomeFeed<CoveOutcome<Output>>) async throws {
        guard let record = try await reader.run(run) else { return }
        var cursor = TaskCursor.start
        while true {
            let page = try await reader.tasks(of: run, in: [.ready, .leased], after: cursor, limit: Self.page)
            if page.tasks.isEmpty { break }
            cursor = page.next
            guard await feed.hand(try page.tasks.map { try outcome($0, record) }) else { return }
        }
        let skipped = try await skipped()
        if !skipped.isEmpty { _ = await feed.hand(skipped.map { .notRun($0) }) }
    }

    private func outcome(_ task: TaskRecord, _ record: RunRecord) throws -> CoveOutcome<Output> {
        let target = CoveTarget(account: task.account, region: task.region)
        switch task.outcome {
        case .succeeded(let result): return .succeeded(CoveResult(target: target, result: try coding.decode(result)))
        case .failed(let failure): return .failed(CoveFailure(target: target, failure: failure))
        case .roleNotAssumed(let failure): return .roleNotAssumed(CoveFailure(target: target, failure: failure))
        case nil:
            return .notRun(CoveNotRun(target: target, reason: OutputEntry(task, of: record).reason ?? ""))
        }
    }

    private func skipped() async throws -> [CoveNotRun] {
        try await reader.skippedAccounts(of: run).map {
            CoveNotRun(target: CoveTarget(account: $0.account), reason: $0.reason.description)
        }
    }
}

extension RunFollower {
    /// Waits until the run is over, as another task that follows it sees.
    func ended() async throws -> RunSnapshot {
        for await _ in changes {
            if let latest, latest.status.isOver { return latest }
        }
        throw CancellationError()
    }
}
