// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire

/// How an attempt came to its end.
package enum AttemptEnd: Sendable, Hashable {
    /// With an outcome to record.
    case report(AttemptReport)
    /// Without one: the lease is given back.
    case release(LeaseRelease)

    /// The lease of the attempt.
    package var token: LeaseToken {
        switch self {
        case .report(let report): report.token
        case .release(let release): release.token
        }
    }
}

/// What a worker knows of its leases, and what the coordinator has still to be told, over one link and the next.
///
/// Pure: messages, ends of attempts and the time go in; leases to start, attempts to end and messages to send come out. Attempts outlive
/// a link; a report is kept until it was answered, a release until it has arrived, and the next hello names the leases of all of them.
///
/// Where leases end by time, a worker that was not answered for most of a TTL fences itself: all its attempts end. Every method that is
/// told the time looks at that first, so that after a stop of the process nothing comes before it.
package struct WorkerStateMachine {
    /// Where the worker stands.
    package enum Phase: Sendable, Hashable {
        /// Has no link. Next: `greeting`, `ended`.
        case connecting
        /// Said hello, waits for the terms. Next: `serving`, `draining`, `connecting`, `ended`.
        case greeting
        /// Takes leases. Next: `draining`, `connecting`.
        case serving
        /// Takes no more leases, finishes what runs. Next: `ended`, `connecting`.
        case draining
        /// Has nothing more to say and will not connect again.
        case ended
    }

    private enum Link {
        case none
        case greeting
        case open
        /// The coordinator said that it will end the link; it grants nothing more.
        case goingAway
    }

    private enum Hold {
        /// The lease is the worker's, as far as it knows.
        case held
        /// Its time has passed: the attempt ends, and the lease is given back.
        case fenced
        /// The coordinator said that it is no longer the worker's: the attempt ends, and nothing is given back.
        case lost
    }

    /// Whether leases end by time.
    ///
    /// Not within one process: when the coordinator does not answer there, the worker was stopped as well, and the coordinator gives
    /// every lease the time that was lost.
    package private(set) var fences: Bool
    /// Whether a coordinator ever answered.
    package private(set) var wasWelcomed = false
    /// Whether it takes no more leases.
    package private(set) var isDraining = false
    private let slots: Int
    private var link = Link.none
    private var hasToldDraining = false
    private var isLeaving = false
    private var hasLeft = false
    private var hasGivenUp = false
    /// How many leases were asked for on this link and have not come.
    private var asked = 0
    private var running: [LeaseToken: Hold] = [:]
    private var over: [LeaseToken] = []
    private var reports = ReportOutbox()
    private var releases = ReleaseOutbox()
    private var watch = LeaseWatch()

    /// A worker with so many slots, before its first link.
    package init(slots: Int, fences: Bool = false) {
        self.slots = slots
        self.fences = fences
    }

    /// Leases end by time from now on, and links follow one another.
    package mutating func beginFencing() {
        fences = true
        leaveIfNothingIsLeft()
    }

    /// Where the worker stands.
    package var phase: Phase {
        if hasLeft { return .ended }
        switch link {
        case .none: return .connecting
        case .greeting: return .greeting
        case .open, .goingAway: return isDraining ? .draining : .serving
        }
    }

    /// How many attempts run.
    package var attempts: Int { running.count }
    /// How many reports were not answered.
    package var unansweredReports: Int { reports.count }
    /// How leases last; what was said last.
    package var terms: LeaseTerms { watch.terms }
    /// Whether the worker was granted so much that it did not ask for that the link is to be ended.
    package var isOverrun: Bool { releases.isOverrun }
    /// Whether the worker drains and no attempt runs any more.
    package var isIdle: Bool { isDraining && running.isEmpty }

    // MARK: Links

    /// A new link begins with a hello that names these leases.
    package mutating func connected(now: ContinuousClock.Instant) -> [LeaseToken] {
        tick(now: now)
        link = .greeting
        watch.connected(now: now)
        return Array(running.keys) + reports.tokens + releases.tokens
    }

    /// The coordinator answered the hello.
    ///
    /// A second welcome of a link changes nothing.
    package mutating func welcomed(_ welcome: Welcome, now: ContinuousClock.Instant) {
        tick(now: now)
        guard case .greeting = link else { return }
        link = .open
        wasWelcomed = true
        watch.welcomed(welcome.terms)
        for token in welcome.lost {
            guard let hold = running[token] else { continue }
            if hold == .held { over.append(token) }
            running[token] = .lost
        }
        releases.forget(Set(welcome.lost))
    }

    /// Something was heard on the link.
    package mutating func heard(now: ContinuousClock.Instant) {
        tick(now: now)
        watch.heard(now: now)
    }

    /// The coordinator will end the link.
    package mutating func goesAway() {
        if case .open = link { link = .goingAway }
    }

    /// The link ended: what was not answered on it is said again on the next one.
    package mutating func disconnected() {
        link = .none
        asked = 0
        hasToldDraining = false
        isLeaving = false
        reports.disconnected()
        releases.disconnected()
        watch.disconnected()
        leaveIfNothingIsLeft()
    }

    // MARK: Leases

    /// Leases arrived.
    ///
    /// Returns those to start; the others, which were not asked for or come too late, are given back. One that is here already is left
    /// as it is.
    package mutating func granted(_ leases: [Lease], now: ContinuousClock.Instant) -> [Lease] {
        tick(now: now)
        let takes = phase == .serving && !isFenced(now: now)
        var started: [Lease] = []
        for lease in leases where running[lease.token] == nil {
            asked = max(0, asked - 1)
            if takes, running.count < slots {
                running[lease.token] = .held
                started.append(lease)
            } else {
                releases.append(LeaseRelease(token: lease.token, reason: .notStarted))
            }
        }
        return started
    }

    /// An attempt came to its end.
    ///
    /// What was finished is reported also when its lease is over: the store knows whether the token is still worth something.
    package mutating func ended(_ end: AttemptEnd) {
        guard let hold = running.removeValue(forKey: end.token) else { return }
        switch end {
        case .report(let report): reports.append(report)
        case .release(let release): if hold != .lost { releases.append(release) }
        }
        leaveIfNothingIsLeft()
    }

    /// Reports were answered: they need not be kept any longer, whatever the verdict.
    package mutating func answered(_ answers: [ReportAnswer]) { reports.answered(answers) }

    /// Those of the tokens whose attempts run here.
    package func running(of tokens: [LeaseToken]) -> [LeaseToken] { tokens.filter { running[$0] != nil } }

    // MARK: Draining

    /// Takes no more leases from now on.
    package mutating func drain() {
        isDraining = true
        leaveIfNothingIsLeft()
    }

    /// What is not delivered by now stays undelivered, unless there is a link.
    package mutating func giveUp() {
        hasGivenUp = true
        leaveIfNothingIsLeft()
    }

    private var hasNothingToSay: Bool { running.isEmpty && reports.isEmpty && !releases.isWaiting }

    private mutating func leaveIfNothingIsLeft() {
        // The one link within a process takes the goodbye.
        guard fences, case .none = link, isIdle, hasNothingToSay || hasGivenUp else { return }
        hasLeft = true
    }

    // MARK: Time

    /// Lets the attempts end whose leases are over by now.
    package mutating func tick(now: ContinuousClock.Instant) {
        guard isFenced(now: now) else { return }
        for (token, hold) in running where hold == .held {
            running[token] = .fenced
            over.append(token)
        }
    }

    /// Attempts to end because their leases are over; each is named once.
    package mutating func takeOver() -> [LeaseToken] {
        defer { over = [] }
        return over
    }

    /// How long until the leases are over, if nothing is answered meanwhile; never zero.
    package func timeToFence(now: ContinuousClock.Instant) -> Duration { watch.timeToFence(now: now) }

    /// How long until nothing was heard on the link for a TTL.
    package func timeToSilence(now: ContinuousClock.Instant) -> Duration { watch.timeToSilence(now: now) }

    /// The heartbeat to send now.
    package mutating func heartbeat(now: ContinuousClock.Instant) -> Heartbeat {
        tick(now: now)
        return Heartbeat(number: watch.heartbeat(now: now), isDraining: isDraining)
    }

    /// A heartbeat was answered.
    package mutating func renewed(_ renewal: Renewal, now: ContinuousClock.Instant) {
        tick(now: now)
        if watch.answered(renewal.number) { releases.arrived(before: renewal.number) }
    }

    private func isFenced(now: ContinuousClock.Instant) -> Bool { fences && watch.isOver(now: now) }

    // MARK: Saying

    /// What is to be said now, in this order; `sent` is told of each that was sent.
    package mutating func nextMessages(now: ContinuousClock.Instant) -> [WorkerMessage] {
        tick(now: now)
        guard !hasLeft, !isLeaving else { return [] }
        switch link {
        case .none: return []
        case .greeting:
            guard isDraining, hasNothingToSay, releases.tokens.isEmpty else { return [] }
        case .open, .goingAway: break
        }
        var messages: [WorkerMessage] = []
        if isDraining, !hasToldDraining, !running.isEmpty {
            hasToldDraining = true
            messages.append(.heartbeat(heartbeat(now: now)))
        }
        if let batch = releases.nextBatch() { messages.append(.release(batch)) }
        if let batch = reports.nextBatch() { messages.append(.report(batch)) }
        let want = slots - running.count - asked
        if case .open = link, !isDraining, want > 0, !reports.isFull(slots: slots), !isFenced(now: now) {
            messages.append(.leaseRequest(LeaseRequest(want: want)))
            asked += want
        }
        if isDraining, hasNothingToSay {
            messages.append(.goodbye)
            isLeaving = true
        }
        return messages
    }

    /// A message was sent.
    package mutating func sent(_ message: WorkerMessage) {
        switch message {
        case .release: releases.sent(after: watch.lastNumber)
        case .goodbye: hasLeft = true
        case .hello, .leaseRequest, .heartbeat, .report, .fetch: break
        }
    }
}
