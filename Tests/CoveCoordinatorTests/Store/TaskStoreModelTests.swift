// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveCoordinator

/// Random operations on a store and on the model; `COVE_TEST_SEED` repeats one sequence.
@Suite struct TaskStoreModelTests {
    static let seeds: [UInt64] =
        ProcessInfo.processInfo.environment["COVE_TEST_SEED"].flatMap { UInt64($0) }.map { [$0] }
        ?? [1, 2, 3, .random(in: 4...UInt64.max)]

    @Test(arguments: StoreKind.allCases, seeds)
    func `a store does what the model does`(kind: StoreKind, seed: UInt64) async throws {
        let place = try TemporaryFolder()
        var walk = try await RandomWalk(kind: kind, place: place, seed: seed)
        for step in 0..<600 {
            try await walk.step()
            // The first difference tells most; what follows only repeats it.
            guard await walk.agrees("seed \(seed), step \(step): \(walk.lastOperation)") else { return }
        }
        try await walk.checkPages("seed \(seed)")
        try await walk.store.close()
        #expect(try StoredTables(of: place).recounted == StoredTables(of: place).progress, "seed \(seed)")
    }
}

/// A store and its model, side by side.
struct RandomWalk {
    let kind: StoreKind
    let place: TemporaryFolder
    var store: any TaskStore
    var model = ModelStore()
    var generator: SeededGenerator
    var now = Timestamp.start
    /// Every token that was ever granted.
    var tokens: [LeaseToken] = []
    var lastOperation = ""
    var difference: String?

    init(kind: StoreKind, place: TemporaryFolder, seed: UInt64) async throws {
        self.kind = kind
        self.place = place
        store = try await kind.open(place)
        generator = SeededGenerator(seed: seed)
    }

    mutating func step() async throws {
        now = now + .milliseconds(Int64.random(in: 0...2_000, using: &generator))
        switch Int.random(in: 0..<100, using: &generator) {
        case _ where model.runs.isEmpty, 0..<4: try await createRun()
        case 4..<12: try await addTargets()
        case 12..<15: try await finishPlanning()
        case 15..<17: try await retry()
        case 17..<18: try await forget()
        case 18..<20: try await stopOrResume()
        case 20..<50: try await grant()
        case 50..<74: try await settle()
        case 74..<88: try await release()
        case 88..<98: try await expire()
        default: try await reopen()
        }
    }

    private mutating func createRun() async throws {
        // The id of a run that was forgotten may come again.
        let id = RunID.sample(Int.random(in: 0..<6, using: &generator))
        guard !model.runs.contains(where: { $0.id == id }) else { return }
        let specification = RunSpecification.sample(
            regions: Bool.random(using: &generator) ? ["eu-west-1", "us-east-1", "ap-south-1"] : nil,
            isAtMostOnce: Int.random(in: 0..<3, using: &generator) == 0)
        model.runs.append(ModelStore.Run(id: id, specification: specification))
        try await store.createRun(id, specification: specification, createdAt: now)
    }

    private mutating func addTargets() async throws {
        let index = Int.random(in: model.runs.indices, using: &generator)
        guard model.runs[index].state == .planning else { return }
        let first = Int.random(in: 0..<10, using: &generator)
        let accounts = Account.samples(first..<first + Int.random(in: 0..<4, using: &generator))
        let added = try await store.addTargets(accounts, skipped: [], to: model.runs[index].id)
        compare("addTargets", added, model.addTargets(accounts, to: index))
    }

    private mutating func finishPlanning() async throws {
        let index = Int.random(in: model.runs.indices, using: &generator)
        model.finishPlanning(index)
        try await store.finishPlanning(model.runs[index].id)
    }

    private mutating func retry() async throws {
        let index = Int.random(in: model.runs.indices, using: &generator)
        compare("retry", try await store.retry(model.runs[index].id), model.retry(index))
    }

    private mutating func forget() async throws {
        let index = Int.random(in: model.runs.indices, using: &generator)
        lastOperation = "forget"
        try await store.forget(model.runs[index].id)
        model.forget(index)
    }

    private mutating func stopOrResume() async throws {
        let index = Int.random(in: model.runs.indices, using: &generator)
        let run = model.runs[index].id
        lastOperation = "stop or resume"
        if Bool.random(using: &generator) {
            let reason: StopReason = Bool.random(using: &generator) ? .cancelled : .interrupted
            try await store.stop(run, because: reason)
            model.stop(index, because: reason)
        } else {
            try await store.resume(run)
            model.resume(index)
        }
    }

    private mutating func grant() async throws {
        let index = Int.random(in: model.runs.indices, using: &generator)
        let run = model.runs[index]
        let limit = Int.random(in: 0..<6, using: &generator)
        var share = GrantShare(run: run.id)
        if Bool.random(using: &generator) {
            share.regions = Set((-1...3).filter { _ in Bool.random(using: &generator) })
        }
        if Bool.random(using: &generator) { share.limit = Int.random(in: 0..<6, using: &generator) }
        let leases = try await store.grant(limit, of: [share], now: now)
        let expected = model.grant(limit, of: share, now: now)
        compare("grant", leases.map(\.token), expected)
        let tasks = expected.compactMap { model.task($0.task) }
        compare("grant's accounts", leases.map(\.account), tasks.map { run.accounts[$0.account] })
        compare("grant's regions", leases.map(\.region), tasks.map { run.specification.taskRegions[$0.region] })
        compare("grant's attempts", leases.map(\.attempt), tasks.map(\.attempts))
        tokens += expected
    }

    private mutating func settle() async throws {
        let reports = someTokens().map { token in
            AttemptReport(token: token, outcome: someOutcome(), startedAt: now, durationMilliseconds: 5)
        }
        compare("settle", try await store.settle(reports, worker: "w", now: now), model.settle(reports))
    }

    private mutating func release() async throws {
        let reasons: [LeaseRelease.Reason] = [.notStarted, .interrupted, .throttled(.sample), .unreachable(.sample)]
        let releases = someTokens().map { LeaseRelease(token: $0, reason: someElement(of: reasons, else: .notStarted)) }
        compare("release", try await store.release(releases, now: now), model.release(releases, now: now))
    }

    private mutating func expire() async throws {
        let some = someTokens()
        compare("expire", try await store.expire(some, now: now), model.expire(some))
    }

    private mutating func reopen() async throws {
        let keepingLeases = Bool.random(using: &generator)
        try await store.close()
        store = try await kind.open(place, keepingLeases: keepingLeases, now: now)
        model.reopen(keepingLeases: keepingLeases)
        compare("reopen", try await Set(store.leasesOfFormerOwners()), model.formerLeases())
    }

    /// Mostly tokens of held leases, some old ones, a few that never were.
    private mutating func someTokens() -> [LeaseToken] {
        let held = model.tasks.filter { $0.state == .leased }.map {
            LeaseToken(task: TaskID($0.id), epoch: $0.epoch, generation: $0.generation)
        }
        let foreign = LeaseToken(task: TaskID(100_000), epoch: 1, generation: 1)
        return (0..<Int.random(in: 1..<5, using: &generator)).map { _ in
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: foreign
            case 1, 2: someElement(of: tokens, else: foreign)
            default: someElement(of: held, else: foreign)
            }
        }
    }

    private mutating func someElement<Element>(of elements: [Element], else other: Element) -> Element {
        elements.randomElement(using: &generator) ?? other
    }

    private mutating func someOutcome() -> Outcome {
        let number = Int.random(in: 0..<1_000, using: &generator)
        return someElement(
            of: [.succeeded(.number(number)), .succeeded(nil), .failed(.sample), .roleNotAssumed(.sample)],
            else: .succeeded(nil))
    }

    private mutating func compare<Value: Equatable>(_ operation: String, _ found: Value, _ expected: Value) {
        lastOperation = operation
        if found != expected { difference = "\(operation) gave \(found), expected \(expected)" }
    }

    // MARK: Checks

    func agrees(_ place: String) async -> Bool {
        do {
            try #require(difference == nil, "\(place): \(difference ?? "")")
            for run in model.runs {
                let record = try #require(try await store.run(run.id))
                try #require(record.counts == model.counts(of: run.id), "\(place)")
                try #require(record.state == run.state, "\(place)")
                try #require(record.accounts == run.accounts.count, "\(place)")
                try #require(record.stopReason == run.stopReason, "\(place)")
            }
            try #require(try await Set(store.runs().map(\.id)) == Set(model.runs.map(\.id)), "\(place)")
            return true
        } catch {
            return false
        }
    }

    func checkPages(_ place: String) async throws {
        for run in model.runs {
            let expected = model.tasks.filter { $0.run == run.id }
                .sorted { ($0.account, $0.region) < ($1.account, $1.region) }
            let found = try await store.allTasks(of: run.id)
            #expect(found.map(\.id.rawValue) == expected.map(\.id), "\(place)")
            #expect(found.map(\.outcome) == expected.map(\.outcome), "\(place)")
            #expect(found.map(\.attempts) == expected.map(\.attempts), "\(place)")
            #expect(found.map(\.wasInterrupted) == expected.map(\.wasInterrupted), "\(place)")
            // Of each settled task the last settlement.
            var latest: [Int64] = []
            for id in model.history.reversed() where !latest.contains(id) {
                latest.append(id)
            }
            let settled = latest.reversed().filter { id in
                expected.contains { $0.id == id && $0.state.isSettled }
            }
            #expect(try await store.allOutcomes(of: run.id).map(\.id.rawValue) == settled, "\(place)")
        }
    }
}
