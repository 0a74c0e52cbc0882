// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// A worker that connects to a test, which speaks for the coordinator.
struct ConnectingBench {
    /// Leases of 12 seconds: a heartbeat every 3, the fence at 11.
    static let terms = LeaseTerms(ttl: .seconds(12))
    static let fence = Duration.seconds(11)
    static let seed: UInt64 = 42

    let clock = ObservedClock()
    let log = LogRecorder()
    let attempts: HandDrivenAttempts
    let source: ScriptedSource
    let worker: Worker

    init(slots: Int = 2, areInstant: Bool = false, failures: [any Error] = []) {
        attempts = HandDrivenAttempts(areInstant: areInstant)
        source = ScriptedSource(failures: failures)
        worker = Worker(
            configuration: WorkerConfiguration(
                name: "w1", session: "s1", slots: slots, kinds: [.native], deliveryLimit: .seconds(20),
                clock: clock.clock),
            runner: attempts, logger: log.logger)
    }

    /// The waits before the next links, as long as none is welcomed.
    static func waits(_ count: Int) -> [Duration] {
        var generator = SeededGenerator(seed: seed)
        var delay = ReconnectDelay()
        return (0..<count).map { _ in delay.next(within: LeaseTerms().ttl, using: &generator) }
    }

    /// The waits when every link is welcomed.
    static func shortWaits(_ count: Int) -> [Duration] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            var delay = ReconnectDelay()
            return delay.next(within: LeaseTerms().ttl, using: &generator)
        }
    }

    /// Runs the worker beside `body`, and cancels it when `body` is done.
    @discardableResult
    func run(cancelled: Bool = true, _ body: () async throws -> Void) async throws -> WorkerEnding? {
        try await withThrowingTaskGroup(of: WorkerEnding.self) { group in
            group.addTask {
                try await self.worker.run(connecting: self.source, using: SeededGenerator(seed: Self.seed))
            }
            try await body()
            if cancelled { group.cancelAll() }
            return try await group.next()
        }
    }

    /// Waits for a link and its hello, and returns what the hello names.
    func greet(_ number: Int) async -> (end: ScriptedSource.End, held: Set<LeaseToken>) {
        let end = await source.end(number)
        guard case .hello(let hello) = await end.receive() else {
            Issue.record("the first message is no hello")
            return (end, [])
        }
        #expect(hello.session == "s1")
        return (end, Set(hello.held))
    }

    /// Waits for a link and welcomes it.
    @discardableResult
    func welcome(_ number: Int = 1, lost: [Lease] = [], held: [Lease] = []) async -> ScriptedSource.End {
        let (end, named) = await greet(number)
        #expect(named == Set(held.map(\.token)))
        await end.send(.welcome(Welcome(epoch: 1, terms: Self.terms, lost: lost.map(\.token))))
        return end
    }

    /// Grants leases and waits until their attempts run.
    func start(_ leases: [Lease], on end: ScriptedSource.End) async {
        let before = attempts.state.value.started.count
        await end.send(.grant(LeaseGrant(leases: leases, assignments: [.sample()])))
        await attempts.started(before + leases.count)
    }

    /// The next message that is no heartbeat.
    func next(_ end: ScriptedSource.End) async -> WorkerMessage? {
        while let message = await end.receive() {
            guard case .heartbeat = message else { return message }
        }
        return nil
    }

    /// The next message that says something of an attempt, or the goodbye.
    func nextNews(_ end: ScriptedSource.End) async -> WorkerMessage? {
        while let message = await next(end) {
            guard case .leaseRequest = message else { return message }
        }
        return nil
    }

    /// Waits until the worker has dealt with everything that it was told so far.
    func heard(on end: ScriptedSource.End) async {
        // When one message more was taken than the channel holds, the one before the first was dealt with.
        for _ in 0...(ScriptedSource.capacity + 1) { await end.send(.verdicts([])) }
    }

    /// Waits until so many attempts have ended and the worker knows it.
    func ended(_ count: Int) async {
        await log.lines.until { lines in lines.count { $0.message == "attempt ended" } >= count }
    }
}
