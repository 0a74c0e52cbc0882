// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire
import Logging

/// How a worker came to its end.
package struct WorkerEnding: Sendable, Hashable {
    /// How many reports were not answered: their outcomes may not be recorded, and the coordinator lets their leases expire.
    package var undeliveredReports: Int

    package init(undeliveredReports: Int) { self.undeliveredReports = undeliveredReports }
}

/// A time without a link.
struct Outage: Sendable {
    /// When it began.
    var since: ContinuousClock.Instant
    /// Whether the operator was told why there is no link.
    var isTold = false
}

/// Connecting again and again.
extension Worker {
    /// Works over one link after the other until it was drained or the run is cancelled.
    ///
    /// What may help to try again is tried again for ever, after random waits.
    ///
    /// - Returns: what was left undone.
    /// - Throws: `LinkError` when trying again does not help, `Refusal` when the coordinator refused a link, what the source throws
    ///   otherwise. All attempts have ended then; `unansweredReports` says how many reports were not delivered.
    package func run(
        connecting source: some LinkSource<WorkerMessage, CoordinatorMessage>,
        using generator: some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) async throws -> WorkerEnding {
        update { state, _ in state.machine.beginFencing() }
        return try await withChores {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.keepConnecting(source, using: generator) }
                group.addTask { await self.untilNothingIsLeft() }
                defer { group.cancelAll() }
                try await group.next()
            }
            return WorkerEnding(undeliveredReports: self.unansweredReports)
        }
    }

    private var hasEnded: Bool { update { state, _ in state.machine.phase == .ended } }

    private func keepConnecting(
        _ source: some LinkSource<WorkerMessage, CoordinatorMessage>,
        using generator: some RandomNumberGenerator & Sendable
    ) async throws {
        var generator = generator
        var delay = ReconnectDelay()
        while !Task.isCancelled, !hasEnded {
            var awayUntil: ContinuousClock.Instant?
            do {
                let course = try await source.withLink { link in await self.serve(on: link) }
                if let error = course.error { throw error }
                if hasEnded { return }
                if course.wasWelcomed { delay.reset() }
                awayUntil = course.awayUntil
                note(end: course)
            } catch let error where Task.isCancelled {
                logger.debug("connecting was cancelled", metadata: [LogKeys.error: "\(error)"])
                return
            } catch let error as LinkError where error.isTransient {
                note(error)
            }
            let absence = awayUntil.map { max(.zero, $0 - configuration.clock.now()) } ?? .zero
            let wait = delay.next(within: update { state, _ in state.machine.terms.ttl }, using: &generator)
            do { try await configuration.clock.sleep(absence + wait) } catch { return }
        }
    }

    /// Waits until a drained worker without a link has nothing more to do, or has tried to for long enough.
    private func untilNothingIsLeft() async {
        await withDiscardingTaskGroup { group in
            var isTimed = false
            for await _ in leavings {
                if hasEnded { break }
                guard !isTimed, update({ state, _ in state.machine.isIdle }) else { continue }
                isTimed = true
                group.addTask {
                    do { try await self.configuration.clock.sleep(self.configuration.deliveryLimit) } catch { return }
                    self.update(wakes: true) { state, _ in state.machine.giveUp() }
                }
            }
            group.cancelAll()
        }
    }

    // MARK: Telling the operator

    /// A link ended that there was.
    private func note(end course: LinkCourse) {
        if course.wasSilent {
            note(LinkError(.timedOut, "nothing was heard from the coordinator for the TTL of its leases"))
        } else if !course.wasWelcomed {
            note(LinkError(.closed, "the coordinator closed the link before it welcomed the worker"))
        } else {
            beginOutage()
            logger.info("the link to the coordinator ended; connecting again")
        }
    }

    /// There is no link, and trying again may help: the operator is told once in an outage.
    private func note(_ error: LinkError) {
        beginOutage()
        let isNews = update { state, _ in
            defer { state.outage?.isTold = true }
            return state.outage?.isTold == false
        }
        logger.log(
            level: isNews ? .warning : .debug, "no link to the coordinator; trying again until there is one",
            metadata: [LogKeys.error: "\(error)"])
    }

    private func beginOutage() {
        update { state, now in if state.outage == nil { state.outage = Outage(since: now) } }
    }
}
