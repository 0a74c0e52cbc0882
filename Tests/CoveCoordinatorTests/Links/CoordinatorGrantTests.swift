// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Who is granted what, and how much of it.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorGrantTests {
    @Test func `a worker is granted only tasks in the regions that it serves`() async throws {
        let bench = try await CoordinatorBench()
        _ = try await bench.activeRun(accounts: 0..<2, regions: ["eu-west-1", "us-east-1", "eu-north-1"])
        try await bench.withWorker { worker in
            await worker.hello(regions: ["eu-*"])
            _ = try await worker.welcome()
            await worker.ask(10)
            let leases = try await worker.leases(4)
            #expect(Set(leases.map { $0.region?.rawValue }) == ["eu-west-1", "eu-north-1"])
            try await worker.caughtUp()
            try await bench.withWorker { other in
                await other.hello("w2", regions: ["us-east-1", "ap-*"])
                _ = try await other.welcome()
                await other.ask(10)
                #expect(try await other.leases(2).allSatisfy { $0.region?.rawValue == "us-east-1" })
            }
        }
    }

    @Test func `tasks without a region go to any worker`() async throws {
        let bench = try await CoordinatorBench()
        _ = try await bench.activeRun(regions: nil)
        try await bench.withWorker { worker in
            await worker.hello(regions: ["eu-*"])
            _ = try await worker.welcome()
            await worker.ask(2)
            #expect(try await worker.leases(2).allSatisfy { $0.region == nil })
        }
    }

    @Test(arguments: [(["audit/*"], 2), (["*"], 2), (["Reader"], 0), ([], 0)])
    func `a worker is granted only tasks of the roles that it allows`(_ roles: [String], _ count: Int) async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWorker { worker in
            await worker.hello(roles: roles)
            _ = try await worker.welcome()
            await worker.ask(2)
            if count > 0 { _ = try await worker.leases(count) }
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == count)
        }
    }

    @Test func `a run's slots bound its leases over all workers`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<10, slots: 3)
        try await bench.withWelcomedWorker("w1") { first in
            try await bench.withWelcomedWorker("w2") { second in
                await first.ask(2)
                let held = try await first.leases(2)
                await second.ask(5)
                let one = try await second.leases(1)
                try await second.caughtUp()
                #expect(bench.coordinator.status(of: run)?.leasesOut == 3)
                // Room that one worker makes is another's, without its asking again.
                await first.report(held[0])
                #expect(try await first.verdicts() == [.applied])
                _ = try await second.leases(1)
                await first.link.send(.goodbye)
                _ = try await second.leases(1)
                await second.report(one[0])
                #expect(try await second.verdictsAndLeases(1).verdicts == [.applied])
                #expect(try await bench.counts(run).leased == 3)
            }
        }
    }

    @Test func `runs take turns, and the slots of one leave room for the other`() async throws {
        let bench = try await CoordinatorBench()
        let (bounded, free) = (
            try await bench.activeRun(1, accounts: 0..<100, slots: 2), try await bench.activeRun(2, accounts: 0..<100)
        )
        try await bench.withWelcomedWorker { worker in
            await worker.ask(10)
            let leases = try await worker.leases(10)
            #expect(leases.filter { $0.run == bounded }.count == 2 && leases.filter { $0.run == free }.count == 8)
        }
        let third = try await bench.activeRun(3, accounts: 0..<100)
        try await bench.withWelcomedWorker("w2") { worker in
            await worker.ask(20)
            let leases = try await worker.leases(20)
            #expect(leases.filter { $0.run == free }.count == 10 && leases.filter { $0.run == third }.count == 10)
        }
    }

    @Test func `runs take turns also when another worker serves yet another run in between`() async throws {
        let bench = try await CoordinatorBench()
        for number in 1...2 { _ = try await bench.activeRun(number, accounts: 0..<10) }
        let third = try await bench.activeRun(3, accounts: 0..<10, regions: ["us-east-1"])
        try await bench.withWorker { europe in
            await europe.hello("w1", regions: ["eu-*"])
            _ = try await europe.welcome()
            try await bench.withWorker { america in
                await america.hello("w2", regions: ["us-*"])
                _ = try await america.welcome()
                var runs: [RunID] = []
                for _ in 0..<4 {
                    await europe.ask(1)
                    runs += try await europe.leases(1).map(\.run)
                    await america.ask(1)
                    #expect(try await america.leases(1).map(\.run) == [third])
                }
                #expect(runs == [.sample(1), .sample(2), .sample(1), .sample(2)])
            }
        }
    }

    @Test func `a worker that drains is granted nothing more`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun()
        try await bench.withWelcomedWorker { worker in
            try await worker.heartbeat(1, isDraining: true)
            await worker.ask(2)
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == 0)
        }
    }

    @Test func `a coordinator that goes away tells its workers, grants nothing more and settles on`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(accounts: 0..<4)
        let goaway = Goaway(reason: "it is upgraded", retryMilliseconds: 5_000)
        try await bench.withWelcomedWorker { worker in
            await worker.ask(1)
            let leases = try await worker.leases(1)
            await bench.coordinator.goAway(goaway)
            #expect(await worker.link.receive() == .goaway(goaway))
            await worker.ask(2)
            await worker.report(leases[0])
            #expect(try await worker.verdicts() == [.applied])
            #expect(try await bench.counts(run).leased == 0)
            try await bench.withWelcomedWorker("late") { late in
                #expect(await late.link.receive() == .goaway(goaway))
            }
        }
    }
}
