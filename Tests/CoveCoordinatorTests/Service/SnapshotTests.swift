// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// What clients are told of a run, and when.
@Suite(.timeLimit(.minutes(5)))
struct SnapshotTests {
    private let run = RunID.sample(1)

    private func planned(
        _ bench: ServiceBench, _ number: Int = 1, regions: [String]? = ["eu-west-1"],
        _ change: (inout RunSpecification) -> Void = { _ in }
    ) async throws -> RunSnapshot {
        var specification = RunSpecification.sample(regions: regions)
        change(&specification)
        return try await bench.quietRun(.sample(number), specification)
    }

    @Test func `a snapshot that is not new waits for news`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            let before = try await planned(bench)
            let same = try #require(try await bench.service.snapshot(of: run, after: nil))
            async let next = bench.service.snapshot(of: run, after: same.revision)
            // The expiry of leases sleeps, and so does the request.
            await bench.clock.sleeping(2)
            try await bench.service.cancel(run)
            let after = try #require(try await next)
            #expect(after.revision > before.revision && after.status.stopReason == .cancelled)
        }
    }

    @Test func `a snapshot without news comes when the longest wait is over`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            _ = try await planned(bench)
            let last = try #require(try await bench.service.snapshot(of: run, after: nil))
            async let next = bench.service.snapshot(of: run, after: last.revision)
            await bench.clock.advance(by: .seconds(1), times: 9, whenSleeping: 2)
            bench.clock.advance(by: .seconds(1))
            #expect(try await next?.revision == last.revision)
        }
    }

    @Test func `the revision of a run grows also when it ceases to be remembered and is taken up again`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            var revisions = [try await planned(bench).revision]
            try await bench.service.cancel(run)
            revisions.append(try await bench.until(run) { _ in bench.coordinator.status(of: run) == nil }.revision)
            try await bench.service.resume(run)
            revisions.append(try await bench.until(run) { $0.record.stopReason == nil }.revision)
            #expect(revisions == revisions.sorted() && Set(revisions).count == 3)
            #expect(try await bench.service.snapshot(of: .sample(9), after: nil) == nil)
        }
    }

    @Test func `a run says what no connected worker has that it needs`() async throws {
        let bench = try await ServiceBench()
        func lacking(_ number: Int) async throws -> String? {
            try await bench.service.snapshot(of: .sample(number), after: nil)?.status.lacking
        }
        try await bench.whileRunning {
            _ = try await planned(bench, regions: ["eu-west-1", "us-east-1"])
            #expect(try await lacking(1) == "no worker is connected")
            try await bench.withWorker { worker in
                await worker.hello("native", kinds: [.native])
                _ = try await worker.welcome()
                #expect(try await lacking(1) == "no connected worker allows exec")
                await worker.link.send(.goodbye)
            }
            try await bench.withWorker { worker in
                await worker.hello("other role", roles: ["Writer"])
                _ = try await worker.welcome()
                #expect(try await lacking(1) == "no connected worker allows the role audit/Reader")
                await worker.link.send(.goodbye)
            }
            try await bench.withWorker { worker in
                await worker.hello("native again", kinds: [.native])
                _ = try await worker.welcome()
                try await bench.withWorker { other in
                    await other.hello("other role", roles: ["Writer"])
                    _ = try await other.welcome()
                    let neither = "no connected worker allows both exec and the role audit/Reader"
                    #expect(try await lacking(1) == neither)
                    try await bench.withWorker { third in
                        await third.hello("eu", regions: ["eu-*"])
                        _ = try await third.welcome()
                        #expect(try await lacking(1) == "no connected worker serves us-east-1")
                        await third.ask(2)
                        #expect(try await third.leases(2).count == 2)
                        #expect(try await lacking(1) == "no connected worker serves us-east-1")
                        try await third.heartbeat(isDraining: true)
                        #expect(try await lacking(1) == neither)
                        await third.link.send(.goodbye)
                    }
                }
            }
            try await bench.withWorker { worker in
                await worker.hello("us", regions: ["us-*"])
                _ = try await worker.welcome()
                await worker.ask(2)
                let leases = try await worker.leases(2)
                await worker.report(leases[0], leases[1])
                #expect(try await worker.verdicts() == [.applied, .applied])
                await worker.link.send(.goodbye)
            }
            try await bench.withWorker { worker in
                await worker.hello("eu again", regions: ["eu-*"])
                _ = try await worker.welcome()
                #expect(try await lacking(1) == nil, "all that is left is in eu-west-1")
            }
            try await bench.service.cancel(run)
            #expect(try await lacking(1) == nil, "a run that is stopped waits for nothing")
        }
    }

    @Test func `a run that waits for AWS says so until a task is settled`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            _ = try await planned(bench)
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                await worker.release([leases[0]], .throttled(.sample))
                try await worker.caughtUp()
                #expect(try await bench.service.snapshot(of: run, after: nil)?.status.hindrance == .sample)
                await worker.report(leases[1])
                _ = try await worker.verdicts()
                #expect(try await bench.service.snapshot(of: run, after: nil)?.status.hindrance == nil)
            }
        }
    }
}
