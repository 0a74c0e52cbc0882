// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// Who holds which lease until when: the coordinator's memory of its workers.
///
/// Pure: time comes in as an argument, nothing is sent or stored. The store decides what a token is worth; the book only says which
/// leases to expire, which to give back, and whom to tell of a cancellation.
///
/// Leases belong to a worker's session, so that a worker that comes back over another link finds them; credit belongs to the link. What
/// a session holds stays when its link ends: until it comes back, or until it was not heard for a TTL.
package struct LeaseBook {
    /// The number of a link, counted up in the order of connecting.
    package typealias LinkID = Int
    typealias HolderID = Int

    /// A worker's session.
    struct Holder {
        /// What the worker proves with that it is the same; nil for one that cannot come back.
        var session: String?
        /// Its newest link.
        var link: LinkID
        var isConnected = true
        var credit = 0
        var heardAt: ContinuousClock.Instant
        /// From when its leases last a TTL: when it was heard, or later where time was lost that is not its fault.
        var renewedAt: ContinuousClock.Instant
        /// Whether something that it said waits unread, so that its silence is ours.
        var isKeptWaiting = false
        var leases: [LeaseToken: Held] = [:]
    }

    struct Held {
        var run: RunID
        var grantedAt: ContinuousClock.Instant
        /// Whether what becomes of it is known and on its way into the store: it neither expires nor can it be claimed any more.
        var isEnding = false
    }

    /// A lease of the store's former owner, which waits for its worker.
    struct Unclaimed {
        var run: RunID
        var isEnding = false
    }

    /// How many leases of a run are out, and how many of them may be running.
    private struct Count {
        var out = 0
        var running = 0
    }

    let ttl: Duration
    var holders: [HolderID: Holder] = [:]
    var holderOfSession: [String: HolderID] = [:]
    /// The newest link of each holder, whether it is connected or not.
    var holderOfLink: [LinkID: HolderID] = [:]
    private var holderOfLease: [LeaseToken: HolderID] = [:]
    private(set) var unclaimed: [LeaseToken: Unclaimed] = [:]
    /// Until when leases of the store's former owner wait.
    private var graceEnd: ContinuousClock.Instant
    private var counts: [RunID: Count] = [:]
    private var nextLink: LinkID = 1
    private var lastLook: ContinuousClock.Instant

    /// An empty book for leases of that length.
    package init(ttl: Duration, now: ContinuousClock.Instant) {
        self.ttl = ttl
        graceEnd = now
        lastLook = now
    }

    /// How many leases are out.
    package var count: Int { holderOfLease.count + unclaimed.count }

    /// How many leases of a run are out.
    package func count(of run: RunID) -> Int { counts[run]?.out ?? 0 }

    /// How many leases of a run are out whose attempts may be running: all whose end is not on its way into the store.
    package func running(of run: RunID) -> Int { counts[run]?.running ?? 0 }

    /// The run that a lease is of, while it is out.
    package func run(of token: LeaseToken) -> RunID? {
        if let holder = holderOfLease[token] { return holders[holder]?.leases[token]?.run }
        return unclaimed[token]?.run
    }

    // MARK: Credit

    /// The worker has room for so many more leases.
    ///
    /// What is asked for beyond `limit` is not remembered.
    package mutating func request(_ want: Int, by link: LinkID, limit: Int) {
        guard want > 0, let id = connected(link), let credit = holders[id]?.credit else { return }
        holders[id]?.credit = min(limit, credit + min(want, limit))
    }

    /// How many leases may be granted to a link now.
    package func credit(of link: LinkID) -> Int { connected(link).flatMap { holders[$0]?.credit } ?? 0 }

    /// Takes back what a link asked for: its worker drains.
    package mutating func withdrawCredit(of link: LinkID) {
        if let id = connected(link) { holders[id]?.credit = 0 }
    }

    // MARK: Leases

    /// Leases were granted to a link; false when it is no longer there, then they are nobody's.
    package mutating func granted(_ leases: [Lease], to link: LinkID, now: ContinuousClock.Instant) -> Bool {
        guard let id = connected(link) else { return false }
        for lease in leases { enter(lease.token, of: lease.run, for: id, now: now) }
        let credit = credit(of: link) - leases.count
        holders[id]?.credit = max(0, credit)
        return true
    }

    /// What becomes of leases is known and will be recorded: a report or a release of them was heard.
    package mutating func ending(_ tokens: some Sequence<LeaseToken>) {
        for token in tokens {
            if let id = holderOfLease[token], let held = holders[id]?.leases[token] {
                guard !held.isEnding else { continue }
                holders[id]?.leases[token]?.isEnding = true
                counts[held.run]?.running -= 1
            } else if let found = unclaimed[token], !found.isEnding {
                unclaimed[token]?.isEnding = true
                counts[found.run]?.running -= 1
            }
        }
    }

    /// What was to become of leases could not be recorded: they are as before.
    package mutating func notEnding(_ tokens: some Sequence<LeaseToken>) {
        for token in tokens {
            if let id = holderOfLease[token], let held = holders[id]?.leases[token], held.isEnding {
                holders[id]?.leases[token]?.isEnding = false
                counts[held.run]?.running += 1
            } else if let found = unclaimed[token], found.isEnding {
                unclaimed[token]?.isEnding = false
                counts[found.run]?.running += 1
            }
        }
    }

    /// Leases came to their end: reported, released or expired.
    package mutating func ended(_ tokens: some Sequence<LeaseToken>) {
        for token in tokens {
            if let id = holderOfLease.removeValue(forKey: token) {
                guard let held = holders[id]?.leases.removeValue(forKey: token) else { continue }
                discount(held.run, isEnding: held.isEnding)
                forgetIfIdle(id)
            } else if let found = unclaimed.removeValue(forKey: token) {
                discount(found.run, isEnding: found.isEnding)
            }
        }
    }

    // MARK: Time

    /// A link was heard: all leases of its session last a TTL from now.
    package mutating func renew(_ link: LinkID, now: ContinuousClock.Instant) {
        guard let id = connected(link) else { return }
        holders[id]?.heardAt = now
        holders[id]?.renewedAt = now
    }

    /// Whether something that a link said waits to be read: as long as it does, its silence costs it nothing.
    package mutating func keep(_ link: LinkID, waiting: Bool, now: ContinuousClock.Instant) {
        guard let id = connected(link) else { return }
        holders[id]?.isKeptWaiting = waiting
        holders[id]?.renewedAt = now
    }

    /// Leases whose time is over.
    package struct Expired: Hashable {
        /// Leases whose workers were not heard for a TTL.
        package var lost: Set<LeaseToken> = []
        /// Leases of the store's former owner that no worker claimed.
        package var unclaimed: Set<LeaseToken> = []
        /// Links that were silent for a TTL and whose workers can come back over others: nothing should be granted to them.
        package var silent: Set<LinkID> = []

        package init(lost: Set<LeaseToken> = [], unclaimed: Set<LeaseToken> = [], silent: Set<LinkID> = []) {
            self.lost = lost
            self.unclaimed = unclaimed
            self.silent = silent
        }
    }

    /// What is over by now: leases, each of which is told once and counts as ending from now on, and silent links.
    ///
    /// Called at least four times a TTL. When the calls were much further apart, this process itself was stopped (suspended, or
    /// starved): then nobody is blamed for the silence, and every lease is given the time that was lost.
    package mutating func expired(now: ContinuousClock.Instant) -> Expired {
        let silence = now - lastLook
        lastLook = now
        if silence > ttl / 2 {
            for id in Array(holders.keys) { holders[id]?.renewedAt = now }
            graceEnd = max(graceEnd, now + ttl)
            return Expired()
        }
        var expired = Expired()
        for holder in holders.values where !holder.isKeptWaiting && now - holder.renewedAt >= ttl {
            let leases = holder.leases.filter { !$0.value.isEnding && now - $0.value.grantedAt >= ttl }
            expired.lost.formUnion(leases.keys)
            if holder.isConnected, holder.session != nil { expired.silent.insert(holder.link) }
        }
        if now >= graceEnd { expired.unclaimed = Set(unclaimed.filter { !$0.value.isEnding }.keys) }
        ending(expired.lost)
        ending(expired.unclaimed)
        return expired
    }

    // MARK: Former owners

    /// Leases that a former owner of the store had granted: they wait a TTL for their workers.
    package mutating func wait(for leases: [FormerLease], now: ContinuousClock.Instant) {
        graceEnd = now + ttl
        for lease in leases where run(of: lease.token) == nil {
            unclaimed[lease.token] = Unclaimed(run: lease.run)
            counts[lease.run, default: Count()].out += 1
            counts[lease.run]?.running += 1
        }
    }

    /// A worker that held a lease of a former owner has come.
    mutating func claim(_ token: LeaseToken, for id: HolderID, now: ContinuousClock.Instant) {
        guard let found = unclaimed.removeValue(forKey: token) else { return }
        discount(found.run, isEnding: found.isEnding)
        enter(token, of: found.run, for: id, now: now)
    }

    // MARK: Counting

    /// The holder whose newest link this is, while the link is connected.
    func connected(_ link: LinkID) -> HolderID? {
        guard let id = holderOfLink[link], holders[id]?.isConnected == true else { return nil }
        return id
    }

    mutating func newLink() -> LinkID {
        defer { nextLink += 1 }
        return nextLink
    }

    /// A session that is not connected and holds nothing is of no further interest.
    mutating func forgetIfIdle(_ id: HolderID) {
        guard let holder = holders[id], !holder.isConnected, holder.leases.isEmpty else { return }
        holders[id] = nil
        holderOfLink[holder.link] = nil
        if let session = holder.session { holderOfSession[session] = nil }
    }

    private mutating func enter(
        _ token: LeaseToken, of run: RunID, for id: HolderID, now: ContinuousClock.Instant
    ) {
        guard holderOfLease.updateValue(id, forKey: token) == nil else { return }
        holders[id]?.leases[token] = Held(run: run, grantedAt: now)
        counts[run, default: Count()].out += 1
        counts[run]?.running += 1
    }

    private mutating func discount(_ run: RunID, isEnding: Bool) {
        counts[run]?.out -= 1
        if !isEnding { counts[run]?.running -= 1 }
        if counts[run]?.out == 0 { counts[run] = nil }
    }
}
