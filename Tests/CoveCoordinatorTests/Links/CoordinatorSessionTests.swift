// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging
import Testing

@testable import CoveCoordinator

/// Workers that lose their link and come back.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorSessionTests {
    /// Leases that a worker holds whose link has ended.
    private func leasesOfAbsentWorker(_ count: Int, _ bench: CoordinatorBench) async throws -> [Lease] {
        try await bench.withWelcomedWorker { worker in
            await worker.ask(count)
            return try await worker.leases(count)
        }
    }

    @Test func `a worker that comes back goes on with its attempts, and its leases last a TTL from then`() async throws
    {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            let leases = try await leasesOfAbsentWorker(2, bench)
            await bench.clock.advance(by: .seconds(1), times: 6)
            try await bench.withWorker { worker in
                await worker.hello(holding: leases)
                #expect(try await worker.welcome().lost.isEmpty)
                await bench.clock.advance(by: .seconds(1), times: 7)
                await worker.report(leases[0])
                #expect(try await worker.verdicts() == [.applied])
                let status = try #require(bench.coordinator.status(of: run))
                #expect(status.leasesOut == 1)
            }
            let attempts = try await bench.store.allTasks(of: run).map(\.attempts)
            #expect(attempts == [1, 1])
        }
    }

    @Test func `what a worker does not name when it comes back goes to others without charge`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<3, isAtMostOnce: true)
        let leases = try await leasesOfAbsentWorker(3, bench)
        try await bench.withWorker { worker in
            await worker.hello(holding: [leases[1]])
            #expect(try await worker.welcome().lost.isEmpty)
            await bench.until(run) { $0.leasesOut == 1 }
            try await bench.withWelcomedWorker("w2") { other in
                await other.ask(3)
                let found = try await other.leases(2)
                #expect(Set(found.map(\.token.task)) == [leases[0].token.task, leases[2].token.task])
                #expect(found.map(\.attempt) == [1, 1], "it was never started")
            }
            await worker.report(leases[1])
            #expect(try await worker.verdicts() == [.applied])
        }
    }

    @Test func `a worker that comes back too late is told what it has lost`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        let run = try await bench.activeRun()
        try await bench.whileRunning {
            let leases = try await leasesOfAbsentWorker(2, bench)
            await bench.clock.advance(by: .seconds(1), times: 9)
            #expect(try await bench.counts(run).ready == 2)
            try await bench.withWorker { worker in
                await worker.hello(holding: leases)
                #expect(Set(try await worker.welcome().lost) == Set(leases.map(\.token)))
                try await bench.withWelcomedWorker("w2") { other in
                    await other.ask(2)
                    let again = try await other.leases(2)
                    await worker.report(leases[0])
                    #expect(try await worker.verdicts() == [.stale], "another has it now")
                    await other.report(again[0], again[1])
                    #expect(try await other.verdicts() == [.applied, .applied])
                }
            }
        }
    }

    @Test func `a second link of a session takes the place of the first, which is closed`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<3)
        try await bench.withWelcomedWorker("w1", session: "s") { first in
            await first.ask(3)
            let leases = try await first.leases(3)
            try await bench.withWorker { second in
                await second.hello("w1", session: "s", holding: Array(leases[..<2]))
                let welcome = try await second.welcome()
                #expect(welcome.lost.isEmpty)
                #expect(await first.link.receive() == nil)
                await second.report(leases[0])
                #expect(try await second.verdicts() == [.applied])
                await bench.until(run) { $0.leasesOut == 1 }
                let workers = bench.coordinator.workers()
                #expect(workers.map(\.state) == [.serving] && workers.map(\.leases) == [1])
            }
        }
    }

    @Test func `the link of a silent worker is closed, and its tasks and its credit go to others`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        _ = try await bench.activeRun(accounts: 0..<3)
        try await bench.whileRunning {
            try await bench.withWelcomedWorker("w1", session: "s") { silent in
                await silent.ask(9)
                let leases = try await silent.leases(3)
                await bench.clock.advance(by: .seconds(1), times: 8)
                #expect(await silent.link.receive() == nil)
                try await bench.withWelcomedWorker("w2", session: "t") { other in
                    await other.ask(3)
                    let again = try await other.leases(3)
                    #expect(Set(again.map(\.token.task)) == Set(leases.map(\.token.task)))
                    #expect(bench.coordinator.workers().map(\.name) == ["w2"])
                }
            }
        }
    }

    @Test func `a worker that keeps leases of a run that was cancelled meanwhile is told to end them`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        let leases = try await leasesOfAbsentWorker(2, bench)
        await bench.coordinator.stop(run, because: .cancelled, cancellingAttempts: true)
        try await bench.withWorker { worker in
            await worker.hello(holding: leases)
            _ = try await worker.welcome()
            #expect(try await worker.cancelled() == Set(leases.map(\.token)))
            await worker.release(leases, .interrupted)
            await bench.until(run) { $0.isOver }
        }
    }

    @Test func `a report that waits for the store survives its link`() async throws {
        let (reached, gate) = (Watched(0), Watched(false))
        let bench = try await CoordinatorBench(
            interposing: { base in
                InterposedStore(
                    base,
                    before: { call in
                        guard call == .settle else { return }
                        reached.increment()
                        await gate.opened()
                    })
            })
        let run = try await bench.activeRun(isAtMostOnce: true)
        let (first, end) = HandDrivenWorker.End.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.coordinator.serve(end) }
            let worker = HandDrivenWorker(link: first)
            await worker.hello()
            _ = try await worker.welcome()
            await worker.ask(2)
            let leases = try await worker.leases(2)
            await worker.report(leases[0])
            await reached.until { $0 == 1 }
            first.close()
            // The worker comes back and names the lease whose report was not answered, and not the one that it released.
            try await bench.withWorker { again in
                await again.hello(holding: leases)
                let welcome = try await again.welcome()
                #expect(welcome.lost == [leases[0].token], "what becomes of it is known")
                await again.report(leases[0])
                gate.open()
                #expect(try await again.verdicts() == [.duplicate])
            }
            try await group.waitForAll()
        }
        let counts = try await bench.counts(run)
        #expect(counts.succeeded == 1 && counts.leased == 1)
    }

    // MARK: Who may be served

    @Test(arguments: [
        (Hello(worker: "w", session: "s", slots: 0, kinds: []), "0 slots: expected 1 to 4096"),
        (Hello(worker: "w", session: "s", slots: -1, kinds: []), "-1 slots"),
        (Hello(worker: "w", session: "s", slots: 4_097, kinds: []), "4097 slots"),
        (Hello(worker: "", session: "s", slots: 1, kinds: []), "has no name"),
        (Hello(worker: "a\nb", session: "s", slots: 1, kinds: []), "the worker's name is not plain text"),
        (Hello(worker: String(repeating: "é", count: 129), session: "s", slots: 1, kinds: []), "up to 256 bytes"),
        (Hello(worker: "w", session: "\u{1B}[2J", slots: 1, kinds: []), "session is not plain text"),
        (
            Hello(worker: "w", session: "s", slots: 1, kinds: [], regions: ["eu-*", "\u{7}"]),
            "one of the worker's regions"
        ),
        (
            Hello(
                worker: "w", session: "s", slots: 1, kinds: [],
                held: (0...32_768).map { LeaseToken(task: TaskID($0), epoch: 1, generation: 1) }),
            "holds 32769 leases: expected at most 32768"
        ),
        (Hello.having((0...256).map { "f\($0)" }), "257 functions: expected at most 256"),
        (Hello.having(["f", "f"]), "names a function twice"),
        (Hello.having(["f"], shape: String(repeating: "x", count: 65_536)), "take 65537 bytes to tell"),
        (Hello.having(["\u{1B}[2J"]), "has no name of plain text"), (Hello.having([""]), "has no name of plain text"),
    ])
    func `a worker that says impossible things is refused with what is wrong`(_ hello: Hello, _ problem: String)
        async throws
    {
        let bench = try await CoordinatorBench()
        try await bench.withWorker { worker in
            await worker.link.send(.hello(hello))
            let refusal = try await worker.refusal()
            #expect(refusal.code == RefusalCode.malformed.rawValue && refusal.message.contains(problem))
            #expect(await worker.link.receive() == nil)
        }
        #expect(bench.coordinator.workers().isEmpty)
    }

    @Test func `a worker of another account is told of once, whenever the account is learned`() async throws {
        let log = RecordedLog()
        let bench = try await CoordinatorBench(logger: log.logger)
        let own = Account.sample(5).id
        try await bench.withWorker { worker in
            await worker.hello("stranger", account: own)
            #expect(try await worker.welcome().callingAccount == nil)
            try await bench.withWorker { other in
                await other.hello("friend", account: Caller.sample.account)
                _ = try await other.welcome()
                #expect(log.warnings.isEmpty)
                for number in 1...2 {
                    let run = RunID.sample(number)
                    try await bench.store.createRun(run, specification: .sample(), createdAt: .start)
                    try await bench.activate(run)
                    try await bench.coordinator.plan(
                        run, .sample(), directory: ScriptedDirectory(pages: [[number]]))
                }
            }
            await worker.ask(1)
            let leases = try await worker.leases(1)
            try await bench.withWorker { again in
                await again.hello("stranger", account: own, holding: leases)
                let welcome = try await again.welcome()
                #expect(welcome.callingAccount == Caller.sample.account)
            }
        }
        let warnings = log.warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.metadata["worker"] == "stranger" && warnings.first?.metadata["account"] == "\(own)")
    }

    @Test func `workers are listed with where they stand`() async throws {
        let bench = try await CoordinatorBench(ttl: .seconds(8))
        _ = try await bench.activeRun(accounts: 0..<3)
        try await bench.whileRunning {
            _ = try await leasesOfAbsentWorker(2, bench)
            try await CoveCoordinatorTests.withWorker(
                servedBy: { try await bench.coordinator.serve($0, address: "10.0.0.7:4711") },
                { worker in
                    await worker.hello("w2", kinds: [.native], regions: ["eu-*"], roles: ["audit/*"])
                    _ = try await worker.welcome()
                    await bench.clock.advance(by: .seconds(1), times: 3)
                    let listed = bench.coordinator.workers()
                    #expect(listed.map(\.name) == ["w1", "w2"] && listed.map(\.state) == [.away, .serving])
                    #expect(listed.map(\.leases) == [2, 0] && listed.map(\.slots) == [4, 4])
                    #expect(listed[1].address == "10.0.0.7:4711" && listed[1].silentMilliseconds == 3_000)
                    #expect(listed[1].kinds == [.native] && listed[1].regions == ["eu-*"])
                    #expect(listed[1].roles == ["audit/*"] && listed[1].connectedAt == .start)
                    try await worker.heartbeat(isDraining: true)
                    #expect(bench.coordinator.workers().last?.state == .draining)
                    #expect(bench.coordinator.workers().last?.silentMilliseconds == 0)
                })
            await bench.clock.advance(by: .seconds(1), times: 6)
            #expect(bench.coordinator.workers().isEmpty, "its leases have expired")
        }
    }
}
