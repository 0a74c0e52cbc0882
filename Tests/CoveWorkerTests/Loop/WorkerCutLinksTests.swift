// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// A worker whose links are cut at random, beside a coordinator that keeps account.
@Suite(.timeLimit(.minutes(5)))
struct WorkerCutLinksTests {
    private static let tasks = 300
    /// An hour, so that no lease is over while the test runs: only the waits between links are as short as half a minute.
    private static let terms = LeaseTerms(ttl: .seconds(3_600))

    /// The machine's clocks, but that the waits between links take no time, and all others for ever.
    private static let clock = LinkClock(
        now: LinkClock.system.now, wall: LinkClock.system.wall,
        sleep: { duration in
            if duration > .seconds(30) { await Watched(false).opened() }
            try Task.checkCancellation()
        })

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `every task is settled once, wherever the links are cut`(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let attempts = HandDrivenAttempts(areInstant: true)
        let log = LogRecorder()
        let worker = Worker(
            configuration: WorkerConfiguration(
                name: "w1", session: "s1", slots: Int.random(in: 1...10, using: &generator), kinds: [.native],
                clock: Self.clock),
            runner: attempts, logger: log.logger)
        let source = ScriptedSource()
        let model = Watched(CoordinatorModel(tasks: Int64(Self.tasks), terms: Self.terms))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let ending = try await worker.run(connecting: source, using: SeededGenerator(seed: seed))
                #expect(ending == WorkerEnding(undeliveredReports: 0))
            }
            var number = 0
            while model.value.applied.count < Self.tasks {
                number += 1
                await serve(
                    await source.end(number), model, messages: Int.random(in: 1...40, using: &generator), worker)
            }
            // Nothing is left to do but to leave.
            worker.drain()
            group.addTask { [number] in
                await serve(await source.end(number + 1), model, messages: .max, worker)
                await Watched(false).opened()
            }
            try await group.next()
            group.cancelAll()
        }
        let final = model.value
        #expect(final.applied.count == Self.tasks)
        #expect(final.leases.isEmpty && worker.unansweredReports == 0)
        #expect(source.links > 5)
        #expect(attempts.state.value.cancelled.isEmpty)
    }

    /// Speaks for the coordinator until so many messages were heard, then cuts the link.
    private func serve(
        _ end: ScriptedSource.End, _ model: Watched<CoordinatorModel>, messages: Int, _ worker: Worker
    ) async {
        var left = messages
        while left > 0, let message = await end.receive() {
            left -= 1
            let answers = model.update { model in
                var answers = model.hear(message, now: LinkClock.system.now())
                if let grant = model.grant(now: LinkClock.system.now()) { answers.append(.grant(grant)) }
                return answers
            }
            // The link may be cut before any answer.
            for answer in answers where left > 0 { await end.send(answer) }
            if model.value.applied.count == Self.tasks { worker.drain() }
        }
        end.close()
        model.update { $0.disconnected() }
    }
}
