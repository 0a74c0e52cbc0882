// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire
package import Logging
import Synchronization

/// Takes leases over a link, runs their attempts in its slots, and reports.
///
/// It stops in three steps: `drain()` takes no more leases and lets attempts finish; `cancelAttempts()` ends them and gives their leases
/// back; cancelling `run(over:)` leaves at once, and the leases expire.
package final class Worker: Sendable {
    private struct State {
        var machine: WorkerStateMachine
        var cancellations: [LeaseToken: AttemptCancellation] = [:]
        var refusal: Refusal?
    }

    private let configuration: WorkerConfiguration
    private let runner: any AttemptRunner
    private let logger: Logger
    private let state: Mutex<State>
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// A worker that runs attempts with `runner`.
    package init(configuration: WorkerConfiguration, runner: any AttemptRunner, logger: Logger) {
        self.configuration = configuration
        self.runner = runner
        self.logger = logger
        state = Mutex(State(machine: WorkerStateMachine(slots: configuration.slots)))
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Works until it was drained or the link ends.
    ///
    /// - Throws: `Refusal` when the coordinator refused the link.
    package func run<PeerLink: WorkerLink>(over link: PeerLink) async throws {
        await link.send(
            .hello(
                Hello(
                    worker: configuration.name, session: "", slots: configuration.slots, kinds: configuration.kinds,
                    account: configuration.account)))
        // Attempts are forgotten as they end: a link may see hundreds of thousands.
        await withDiscardingTaskGroup { group in
            group.addTask { await self.speak(on: link) }
            await self.hear(on: link, in: &group)
            group.cancelAll()
            link.close()
        }
        if let refusal = state.withLock({ $0.refusal }) { throw refusal }
    }

    /// Takes no more leases; what runs is finished and reported, then `run(over:)` returns.
    package func drain() {
        state.withLock { $0.machine.drain() }
        wake.yield()
    }

    /// Ends all attempts that run; their leases are given back as interrupted.
    package func cancelAttempts() {
        let cancellations = state.withLock { Array($0.cancellations.values) }
        for cancellation in cancellations { cancellation.cancel() }
    }

    /// How many attempts run.
    package var attempts: Int { state.withLock { $0.machine.attempts } }

    // MARK: Saying

    private func speak<PeerLink: WorkerLink>(on link: PeerLink) async {
        for await _ in wakeups {
            while true {
                let messages = state.withLock { $0.machine.nextMessages() }
                if messages.isEmpty { break }
                for message in messages where await !link.send(message) { return }
            }
            if state.withLock({ $0.machine.phase == .ended }) {
                link.close()
                return
            }
        }
    }

    private func keepAlive<PeerLink: WorkerLink>(on link: PeerLink, every interval: Duration) async {
        while true {
            do { try await configuration.clock.sleep(interval) } catch { return }
            guard await link.send(.heartbeat(Heartbeat(number: 1))) else { return }
        }
    }

    // MARK: Hearing

    private func hear<PeerLink: WorkerLink>(on link: PeerLink, in group: inout DiscardingTaskGroup) async {
        while let message = await link.receive() {
            switch message {
            case .welcome(let welcome):
                group.addTask { await self.keepAlive(on: link, every: welcome.terms.heartbeat) }
                state.withLock { $0.machine.welcomed() }
                wake.yield()
            case .grant(let grant): start(grant, in: &group)
            case .verdicts(let answers):
                state.withLock { $0.machine.answered(answers) }
                wake.yield()
            case .cancel(let tokens):
                let cancellations = state.withLock { state in tokens.compactMap { state.cancellations[$0] } }
                for cancellation in cancellations { cancellation.cancel() }
            case .drain: drain()
            case .renewal, .goaway: break
            case .refusal(let refusal):
                state.withLock { $0.refusal = refusal }
                return
            }
        }
    }

    private func start(_ grant: LeaseGrant, in group: inout DiscardingTaskGroup) {
        let assignments = Dictionary(grant.assignments.map { ($0.run, $0) }, uniquingKeysWith: { first, _ in first })
        // An attempt can be cancelled from the moment in which it counts as running.
        let attempts = state.withLock { state in
            state.machine.granted(grant.leases).map { lease in
                let cancellation = AttemptCancellation()
                state.cancellations[lease.token] = cancellation
                return (lease, cancellation)
            }
        }
        for (lease, cancellation) in attempts {
            guard let assignment = assignments[lease.run] else {
                finish(.release(LeaseRelease(token: lease.token, reason: .notStarted)))
                continue
            }
            group.addTask {
                self.finish(await self.runner.run(lease, assignment, cancellation: cancellation))
            }
        }
        wake.yield()
    }

    private func finish(_ end: AttemptEnd) {
        let token =
            switch end {
            case .report(let report): report.token
            case .release(let release): release.token
            }
        logger.trace("attempt ended", metadata: [LogKeys.token: "\(token)"])
        state.withLock { state in
            state.cancellations[token] = nil
            state.machine.ended(end)
        }
        wake.yield()
    }
}
