// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Synchronization
import Testing

@testable import CoveCoordinator

/// A worker that keeps to the protocol and to nothing else: it loses its links, forgets to live, drops leases and dies.
///
/// What it holds outlives its links and its coordinator, as a worker's attempts do.
final class UnrulyWorker: Sendable {
    private struct State {
        var generator: SeededGenerator
        var session: Int
        /// Leases whose attempts run.
        var running: [LeaseToken: Lease] = [:]
        /// Attempts that have ended and whose reports were not answered.
        var unanswered: [LeaseToken: Lease] = [:]
        /// Given back, perhaps without having arrived.
        var released: [LeaseToken: Lease] = [:]
        var isWelcomed = false
    }

    let name: String
    /// Every lease that a worker was granted, and by which session: no lease may be seen by two.
    private let seen: Watched<[LeaseToken: String]>
    /// How often a report of a task was applied.
    private let applied: Watched<[TaskID: Int]>
    private let state: Mutex<State>

    init(
        _ number: Int, seed: UInt64, seen: Watched<[LeaseToken: String]>, applied: Watched<[TaskID: Int]>
    ) {
        name = "w\(number)"
        self.seen = seen
        self.applied = applied
        state = Mutex(State(generator: SeededGenerator(seed: seed &* 1_000 &+ UInt64(number)), session: 1))
    }

    private func random(_ range: Range<Int>) -> Int {
        state.withLock { Int.random(in: range, using: &$0.generator) }
    }

    /// Works over one link after the other until told to end.
    func work(_ service: CoordinatorService, steps: Watched<Int>, until isOver: @Sendable () -> Bool) async throws {
        while !isOver() {
            let (link, end) = HandDrivenWorker.End.pair(capacity: 8)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.serve(worker: end, address: "") }
                group.addTask { await self.hear(link) }
                defer { link.close() }
                await introduce(on: link)
                for _ in 0..<random(1..<40) where !isOver() {
                    guard await step(on: link) else { break }
                    steps.increment()
                    await Task.yield()
                }
                link.close()
                try await group.waitForAll()
            }
        }
    }

    private func introduce(on link: HandDrivenWorker.End) async {
        let (session, held) = state.withLock { state -> (String, [Lease]) in
            state.isWelcomed = false
            // Sometimes the worker's process has died and another one begins.
            if Int.random(in: 0..<8, using: &state.generator) == 0 {
                state.session += 1
                state.running = [:]
                state.unanswered = [:]
                state.released = [:]
            }
            let all = [state.running, state.unanswered, state.released].flatMap(\.values)
            return ("\(name).\(state.session)", all)
        }
        await HandDrivenWorker(link: link).hello(name, session: session, holding: held)
    }

    /// Does something; false when it leaves.
    private func step(on link: HandDrivenWorker.End) async -> Bool {
        guard state.withLock({ $0.isWelcomed }) else { return true }
        let message: WorkerMessage
        switch random(0..<12) {
        case 0..<3: message = .leaseRequest(LeaseRequest(want: random(1..<8)))
        case 3..<7: message = .report(finish())
        case 7: message = .release(giveUp())
        case 8: message = .report(state.withLock { $0.unanswered.values.map { $0.report() } })
        case 9, 10: message = .heartbeat(Heartbeat(number: 1))
        default:
            let isIdle = state.withLock { $0.running.isEmpty && $0.unanswered.isEmpty && $0.released.isEmpty }
            guard isIdle else { return true }
            message = .goodbye
        }
        return await link.send(message) && message != .goodbye
    }

    private func finish() -> [AttemptReport] {
        state.withLock { state in
            let ended = state.running.filter { _ in Bool.random(using: &state.generator) }
            for (token, lease) in ended {
                state.running[token] = nil
                state.unanswered[token] = lease
            }
            return ended.values.map { $0.report() }
        }
    }

    private func giveUp() -> [LeaseRelease] {
        state.withLock { state in
            if let lease = state.running.values.first {
                state.running[lease.token] = nil
                state.released[lease.token] = lease
            }
            return state.released.values.map { $0.release(.interrupted) }
        }
    }

    private func hear(_ link: HandDrivenWorker.End) async {
        while let message = await link.receive() {
            switch message {
            case .welcome(let welcome):
                state.withLock { state in
                    state.isWelcomed = true
                    for token in welcome.lost {
                        state.running[token] = nil
                        state.released[token] = nil
                    }
                }
            case .grant(let grant): take(grant.leases)
            case .verdicts(let answers):
                for answer in answers {
                    state.withLock { _ = $0.unanswered.removeValue(forKey: answer.token) }
                    if answer.verdict == .applied { applied.update { $0[answer.token.task, default: 0] += 1 } }
                }
            case .cancel(let tokens):
                state.withLock { state in
                    for token in tokens {
                        if let lease = state.running.removeValue(forKey: token) { state.released[token] = lease }
                    }
                }
            // The release that was said before is known to have arrived.
            case .renewal: state.withLock { $0.released = [:] }
            case .drain, .goaway, .part, .refusal: break
            }
        }
    }

    private func take(_ leases: [Lease]) {
        let session = state.withLock { state in
            for lease in leases { state.running[lease.token] = lease }
            return "\(name).\(state.session)"
        }
        seen.update { seen in
            for lease in leases {
                if let other = seen.updateValue(session, forKey: lease.token) {
                    Issue.record("\(lease.token) was granted to \(other) and to \(session)")
                }
            }
        }
    }
}
