// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Until when a worker may count on its leases, by its own clock alone.
///
/// The coordinator keeps leases for a TTL from when it heard the worker. What it heard was sent before: a worker that counts from the
/// moment of sending, and only from what was answered, never believes in a lease for longer than the coordinator does.
struct LeaseWatch {
    /// How long leases last; what was said last, also by a former link.
    private(set) var terms = LeaseTerms()
    /// The number of the last heartbeat.
    private(set) var lastNumber: Int64 = 0
    /// The hello (number 0) and the heartbeats of this link that were not answered, oldest first.
    private var unanswered: [(number: Int64, sentAt: ContinuousClock.Instant)] = []
    private var answeredAt: ContinuousClock.Instant?
    private var heardAt: ContinuousClock.Instant?

    /// How long after a message was sent its answer keeps the leases: a twelfth less than the TTL, so that attempts have ended
    /// when the leases do.
    private var reach: Duration { terms.ttl - terms.ttl / 12 }

    /// Whether the leases are over: nothing that was sent within the reach was answered.
    func isOver(now: ContinuousClock.Instant) -> Bool {
        guard let answeredAt else { return true }
        return now - answeredAt >= reach
    }

    /// How long until the leases are over; where they are, how long until they can be again.
    ///
    /// Never zero.
    func timeToFence(now: ContinuousClock.Instant) -> Duration {
        if let answeredAt, !isOver(now: now) { return answeredAt + reach - now }
        let next = unanswered.lazy.map(\.sentAt).filter { now - $0 < reach }.min() ?? now
        return next + reach - now
    }

    /// How long until nothing was heard on this link for a TTL.
    func timeToSilence(now: ContinuousClock.Instant) -> Duration {
        guard let heardAt else { return terms.ttl }
        return heardAt + terms.ttl - now
    }

    /// A hello is sent on a new link.
    mutating func connected(now: ContinuousClock.Instant) {
        unanswered = [(0, now)]
        heardAt = now
    }

    /// The link ended: what it did not answer it never will.
    mutating func disconnected() { unanswered = [] }

    /// Something was heard.
    mutating func heard(now: ContinuousClock.Instant) { heardAt = now }

    /// The hello was answered.
    mutating func welcomed(_ terms: LeaseTerms) {
        self.terms = terms
        answered(0)
    }

    /// The number of a heartbeat that is sent now.
    mutating func heartbeat(now: ContinuousClock.Instant) -> Int64 {
        lastNumber += 1
        // An answer to what was sent so long ago keeps nothing.
        let reach = reach
        unanswered.removeAll { now - $0.sentAt >= reach }
        unanswered.append((lastNumber, now))
        return lastNumber
    }

    /// A heartbeat was answered; false when it is none of this link's.
    @discardableResult
    mutating func answered(_ number: Int64) -> Bool {
        guard let place = unanswered.firstIndex(where: { $0.number == number }) else { return false }
        let sentAt = unanswered[place].sentAt
        answeredAt = max(answeredAt ?? sentAt, sentAt)
        unanswered.removeSubrange(...place)
        return true
    }
}
