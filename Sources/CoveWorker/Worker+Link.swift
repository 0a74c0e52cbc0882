// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// How a link has gone.
struct LinkCourse: Sendable {
    /// Whether the coordinator answered the hello.
    var wasWelcomed = false
    /// Whether it was closed because nothing was heard.
    var wasSilent = false
    /// Until when not to connect again, as the coordinator asked.
    var awayUntil: ContinuousClock.Instant?
    /// Why there is no use in another link.
    var error: (any Error)?
}

/// Speaking and hearing on one link.
extension Worker {
    /// Whether leases end by time.
    private var keepsTime: Bool { update { state, _ in state.machine.fences } }

    /// The longest time for which a coordinator may ask a worker to stay away.
    private static let longestAbsence = Duration.seconds(600)

    /// Works until the link ends.
    func serve<PeerLink: WorkerLink>(on link: PeerLink) async -> LinkCourse {
        let (wakeups, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let hello = update { state, now in
            state.wake = wake
            state.course = LinkCourse()
            return introduction(held: state.machine.connected(now: now))
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.speak(hello, on: link, wakeups) }
            if keepsTime { group.addTask { await self.watchSilence(of: link) } }
            await hear(on: link, in: &group)
            group.cancelAll()
            link.close()
        }
        artefacts?.disconnected()
        return update(wakes: true) { state, _ in
            state.wake = nil
            state.machine.disconnected()
            return state.course
        }
    }

    private func introduction(held: [LeaseToken]) -> WorkerMessage {
        .hello(
            Hello(
                worker: configuration.name, session: configuration.session, slots: configuration.slots,
                kinds: configuration.kinds, regions: configuration.regions, roles: configuration.roles,
                account: configuration.account, program: configuration.program, native: configuration.native,
                held: held, takesArtefacts: artefacts != nil, takesSettings: true))
    }

    private func speak<PeerLink: WorkerLink>(
        _ hello: WorkerMessage, on link: PeerLink, _ wakeups: AsyncStream<Void>
    ) async {
        guard await link.send(hello) else { return }
        var wakeup = wakeups.makeAsyncIterator()
        repeat {
            while true {
                let messages = nextMessages()
                if messages.isEmpty { break }
                for message in messages {
                    guard await link.send(message) else { return }
                    update { state, _ in state.machine.sent(message) }
                }
            }
            if update({ state, _ in state.machine.phase == .ended }) {
                link.close()
                return
            }
        } while await wakeup.next() != nil
    }

    /// What is to be said now; a part of an artefact is asked for once the coordinator has answered the hello.
    private func nextMessages() -> [WorkerMessage] {
        let (messages, mayFetch) = update { state, now in
            let messages = state.machine.nextMessages(now: now)
            return (messages, [.serving, .draining].contains(state.machine.phase) && !messages.contains(.goodbye))
        }
        guard mayFetch, let request = artefacts?.nextRequest() else { return messages }
        return messages + [.fetch(request)]
    }

    private func keepAlive<PeerLink: WorkerLink>(on link: PeerLink, every interval: Duration) async {
        while true {
            do { try await configuration.clock.sleep(interval) } catch { return }
            let heartbeat = update { state, now in state.machine.heartbeat(now: now) }
            guard await link.send(.heartbeat(heartbeat)) else { return }
        }
    }

    /// Closes the link when nothing was heard for a TTL: whatever is at its other end has died without a word.
    private func watchSilence<PeerLink: WorkerLink>(of link: PeerLink) async {
        while true {
            let rest = update { state, now in
                let rest = state.machine.timeToSilence(now: now)
                if rest <= .zero { state.course.wasSilent = true }
                return rest
            }
            if rest <= .zero { return link.close() }
            do { try await configuration.clock.sleep(rest) } catch { return }
        }
    }

    private func hear<PeerLink: WorkerLink>(on link: PeerLink, in group: inout DiscardingTaskGroup) async {
        while let message = await link.receive() {
            update { state, now in state.machine.heard(now: now) }
            switch message {
            case .welcome(let welcome):
                guard welcomed(welcome) else { return }
                group.addTask { await self.keepAlive(on: link, every: welcome.terms.heartbeat) }
                // The watch that began with the link sleeps by the terms of the former one.
                if keepsTime { group.addTask { await self.watchSilence(of: link) } }
            case .grant(let grant):
                start(grant)
                if update({ state, _ in state.machine.isOverrun }) {
                    logger.debug("link closed: more leases came than were asked for")
                    return
                }
            case .verdicts(let answers):
                note(answers)
                update(wakes: true) { state, _ in state.machine.answered(answers) }
            case .cancel(let tokens):
                let cancellations = update { state, _ in tokens.compactMap { state.cancellations[$0] } }
                for cancellation in cancellations { cancellation.cancel() }
            case .drain: drain()
            case .renewal(let renewal):
                update(wakes: true) { state, now in state.machine.renewed(renewal, now: now) }
            case .part(let part):
                artefacts?.received(part)
                update(wakes: true) { _, _ in }
            case .goaway(let goaway):
                let absence = goesAway(goaway)
                // What was not answered by then is said again on the next link.
                group.addTask {
                    try? await self.configuration.clock.sleep(absence)
                    link.close()
                }
            case .refusal(let refusal):
                update { state, _ in state.course.error = refusal }
                return
            }
        }
    }

    /// Takes the terms; false when nobody can live by them.
    private func welcomed(_ welcome: Welcome) -> Bool {
        guard welcome.terms.areSound else {
            let terms = welcome.terms
            update { state, _ in
                state.course.error = LinkError(
                    .malformed,
                    "the coordinator's terms are a TTL of \(terms.ttlMilliseconds) ms and a heartbeat of "
                        + "\(terms.heartbeatMilliseconds) ms: expected a heartbeat that is shorter than the TTL, and a TTL "
                        + "of a day at most; are coordinator and worker of the same version?")
            }
            return false
        }
        let (needsWatch, outage) = update(wakes: true) { state, now in
            let needsWatch = !state.machine.wasWelcomed || state.machine.terms != welcome.terms
            state.machine.welcomed(welcome, now: now)
            state.course.wasWelcomed = true
            return (needsWatch, state.outage.take().map { now - $0.since })
        }
        if keepsTime {
            if needsWatch { add([{ await self.watchLeases(welcome.terms) }]) }
            if let outage {
                logger.notice(
                    "connected to the coordinator again",
                    metadata: [LogKeys.seconds: "\(outage.components.seconds)"])
            } else {
                logger.debug("connected to the coordinator")
            }
        }
        return true
    }

    /// Ends attempts when the time of their leases has passed, as long as these terms are the newest.
    private func watchLeases(_ terms: LeaseTerms) async {
        while true {
            let rest = update { state, now in
                state.machine.terms == terms ? state.machine.timeToFence(now: now) : nil
            }
            guard let rest else { return }
            do { try await configuration.clock.sleep(rest) } catch { return }
        }
    }

    private func goesAway(_ goaway: Goaway) -> Duration {
        let absence = min(.milliseconds(max(0, goaway.retryMilliseconds)), Self.longestAbsence)
        logger.info("the coordinator stops", metadata: [LogKeys.reason: "\(goaway.reason)"])
        update { state, now in
            state.machine.goesAway()
            state.course.awayUntil = now + absence
        }
        return absence
    }

    private func note(_ answers: [ReportAnswer]) {
        for answer in answers where answer.verdict == .stale || answer.verdict == .unknown {
            logger.debug(
                "report changed nothing",
                metadata: [LogKeys.token: "\(answer.token)", LogKeys.verdict: "\(answer.verdict.rawValue)"])
        }
    }
}

extension LeaseTerms {
    /// Whether somebody can live by them.
    fileprivate var areSound: Bool {
        heartbeatMilliseconds >= 1 && heartbeatMilliseconds < ttlMilliseconds && ttlMilliseconds <= 86_400_000
    }
}
