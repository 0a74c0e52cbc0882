// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import Testing

@testable import CoveCoordinator

/// What a client asks for between a decision of the store and the moment in which the coordinator's memory follows it.
@Suite(.timeLimit(.minutes(5)))
struct CrossedDecisionTests {
    private let run = RunID.sample(1)
    /// What is done once, right after a decision of that kind.
    private let crossing = Watched<(after: InterposedStore.Call, body: @Sendable () async throws -> Void)?>(nil)

    private func bench() async throws -> ServiceBench {
        let crossing = crossing
        return try await ServiceBench(interposing: { base in
            InterposedStore(
                base,
                after: { call in
                    let body = crossing.update { crossing in
                        crossing?.after == call ? crossing.take()?.body : nil
                    }
                    try await body?()
                })
        })
    }

    private func cross(_ call: InterposedStore.Call, _ body: @escaping @Sendable () async throws -> Void) {
        crossing.update { $0 = (call, body) }
    }

    private func specification(raisesException: Bool = false) -> RunSpecification {
        var specification = RunSpecification.sample(regions: ["eu-west-1"])
        specification.raisesException = raisesException
        return specification
    }

    @Test func `a retry that crosses the last outcome of its run goes on`() async throws {
        let bench = try await bench()
        try await bench.whileRunning {
            _ = try await bench.quietRun(run, specification())
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                let leases = try await worker.leases(2)
                await worker.report(leases[0])
                #expect(try await worker.verdicts() == [.applied])
                cross(.settle) {
                    let count = try await bench.service.retry(run)
                    #expect(count == 1)
                }
                await worker.report(leases[1], as: .failed(.sample))
                #expect(try await worker.verdicts() == [.applied])
                await worker.ask(1)
                let again = try await worker.leases(1)
                #expect(again[0].token.task == leases[1].token.task)
                await worker.report(again[0])
                #expect(try await worker.verdicts() == [.applied])
            }
            try await bench.until(run) { $0.status.isOver && $0.record.state == .completed }
        }
    }

    @Test func `a retry that crosses the end of planning goes on`() async throws {
        let bench = try await bench()
        try await bench.whileRunning {
            try await bench.withWelcomedWorker { worker in
                await worker.ask(2)
                cross(.addTargets) {
                    for lease in try await bench.store.grant(2, of: [GrantShare(run: run)], now: .start) {
                        let report = lease.report(.failed(.sample))
                        let result = try await bench.store.settle([report], worker: "w0", now: .start)
                        #expect(result.verdicts == [.applied])
                    }
                    cross(.finishPlanning) {
                        let count = try await bench.service.retry(run)
                        #expect(count == 2)
                    }
                }
                try await bench.service.submit(run, specification())
                for lease in try await worker.leases(2) {
                    await worker.report(lease)
                    #expect(try await worker.verdicts() == [.applied])
                }
            }
            try await bench.until(run) { $0.status.isOver && $0.record.counts.succeeded == 2 }
        }
    }

    @Test func `a resume that crosses the first failure of its run goes on`() async throws {
        let bench = try await bench()
        try await bench.whileRunning {
            _ = try await bench.quietRun(run, specification(raisesException: true))
            try await bench.withWelcomedWorker { worker in
                await worker.ask(1)
                let lease = try await worker.leases(1)
                cross(.settle) { try await bench.service.resume(run) }
                await worker.report(lease[0], as: .failed(.sample))
                #expect(try await worker.verdicts() == [.applied])
                await worker.ask(1)
                let next = try await worker.leases(1)
                #expect(next[0].token.task != lease[0].token.task)
                #expect(bench.coordinator.status(of: run)?.stopReason == nil)
            }
        }
    }
}
