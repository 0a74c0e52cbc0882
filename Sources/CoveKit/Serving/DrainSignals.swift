// SPDX-License-Identifier: Apache-2.0

import CoveWire
import UnixSignals

/// The three steps in which a worker stops.
///
/// The first SIGTERM, SIGINT or SIGHUP drains it. Attempts that have not finished when the drain timeout has passed, or when a second signal
/// comes, are ended and given back. The third signal ends the process.
struct DrainSignals<Signals: AsyncSequence & Sendable>: Sendable
where Signals.Element == UnixSignal, Signals.Failure == Never {
    /// What a worker does to stop.
    struct Steps: Sendable {
        /// Takes no more leases; says how many attempts run.
        var drain: @Sendable () -> Int
        /// Ends the attempts that run.
        var cancelAttempts: @Sendable () -> Void
        /// Ends the process.
        var leave: @Sendable () -> Void
    }

    let signals: Signals
    let steps: Steps
    let drainTimeout: Duration
    let console: Console
    var clock = LinkClock.system

    /// What moves on to a further step.
    private enum Event: Sendable {
        case signal
        case drainTimeout
    }

    /// Watches until cancelled, or until there are no more signals.
    func watch() async {
        let (events, event) = AsyncStream<Event>.makeStream()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals { event.yield(.signal) }
                event.finish()
            }
            var step = 0
            for await next in events {
                // A second signal was sooner.
                if case .drainTimeout = next, step > 1 { continue }
                step += 1
                switch step {
                case 1:
                    drain()
                    group.addTask {
                        do { try await clock.sleep(drainTimeout) } catch { return }
                        event.yield(.drainTimeout)
                    }
                case 2:
                    let isLate = if case .drainTimeout = next { true } else { false }
                    cancelAttempts(isLate ? "the drain timeout has passed, ending what runs" : "ending what runs")
                default: steps.leave()
                }
            }
            group.cancelAll()
        }
    }

    private func drain() {
        let attempts = steps.drain()
        if attempts == 0 {
            console.announce("cove: draining: nothing runs")
        } else {
            console.announce(
                "cove: draining: \(attempts) running \(attempts == 1 ? "attempt has" : "attempts have") "
                    + "\(drainTimeout.components.seconds) s to finish; a second signal ends them")
        }
    }

    private func cancelAttempts(_ what: String) {
        console.announce("cove: draining: \(what); a further signal leaves at once")
        steps.cancelAttempts()
    }
}
