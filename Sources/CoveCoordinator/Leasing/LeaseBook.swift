// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// Who holds which lease until when: the coordinator's memory of its links.
///
/// Pure: time comes in as an argument, nothing is sent or stored. The store decides what a token is worth; the book only says which
/// leases to expire and whom to tell of a cancellation.
package struct LeaseBook {
    /// The number of a link, counted up in the order of connecting.
    package typealias LinkID = Int

    private struct Holder {
        var credit = 0
        var renewedAt: ContinuousClock.Instant
        var isConnected = true
        var leases: [LeaseToken: Held] = [:]
    }

    private struct Held {
        var run: RunID
        var grantedAt: ContinuousClock.Instant
    }

    private let ttl: Duration
    private var holders: [LinkID: Holder] = [:]
    private var holderOfLease: [LeaseToken: LinkID] = [:]
    private var leasesOfRun: [RunID: Int] = [:]
    private var nextLink: LinkID = 1
    private var lastLook: ContinuousClock.Instant

    /// An empty book for leases of that length.
    package init(ttl: Duration, now: ContinuousClock.Instant) {
        self.ttl = ttl
        lastLook = now
    }

    /// How many leases are out.
    package var count: Int { holderOfLease.count }

    /// How many leases of a run are out.
    package func count(of run: RunID) -> Int { leasesOfRun[run] ?? 0 }

    /// A worker connected; it has no credit yet.
    package mutating func connect(now: ContinuousClock.Instant) -> LinkID {
        defer { nextLink += 1 }
        holders[nextLink] = Holder(renewedAt: now)
        return nextLink
    }

    /// A link ended.
    ///
    /// Leases that it still holds stay until they expire, because the worker may still be at work.
    package mutating func disconnect(_ link: LinkID) {
        holders[link]?.isConnected = false
        holders[link]?.credit = 0
        forgetIfIdle(link)
    }

    /// The worker has room for so many more leases.
    ///
    /// What is asked for beyond `limit` is not remembered.
    package mutating func request(_ want: Int, by link: LinkID, limit: Int) {
        guard let credit = holders[link]?.credit, want > 0 else { return }
        holders[link]?.credit = min(limit, credit + min(want, limit))
    }

    /// How many leases may be granted to a link now.
    package func credit(of link: LinkID) -> Int { holders[link]?.credit ?? 0 }

    /// Leases were granted to a link.
    package mutating func granted(_ leases: [Lease], to link: LinkID, now: ContinuousClock.Instant) {
        guard holders[link] != nil else { return }
        for lease in leases {
            holders[link]?.leases[lease.token] = Held(run: lease.run, grantedAt: now)
            holderOfLease[lease.token] = link
            leasesOfRun[lease.run, default: 0] += 1
        }
        let credit = credit(of: link) - leases.count
        holders[link]?.credit = max(0, credit)
    }

    /// Leases came to their end: reported, released or expired.
    package mutating func ended(_ tokens: some Sequence<LeaseToken>) {
        for token in tokens {
            guard let link = holderOfLease.removeValue(forKey: token),
                let held = holders[link]?.leases.removeValue(forKey: token)
            else { continue }
            let left = (leasesOfRun[held.run] ?? 1) - 1
            leasesOfRun[held.run] = left > 0 ? left : nil
            forgetIfIdle(link)
        }
    }

    /// A link was heard: all its leases last a TTL from now.
    package mutating func renew(_ link: LinkID, now: ContinuousClock.Instant) {
        holders[link]?.renewedAt = now
    }

    /// The leases whose workers were not heard for a TTL.
    ///
    /// Called at least four times a TTL. When the calls were much further apart, this process itself was stopped (suspended, or
    /// starved): then nobody is blamed for the silence, and every lease is given the time that was lost.
    package mutating func expired(now: ContinuousClock.Instant) -> [LeaseToken] {
        let silence = now - lastLook
        lastLook = now
        if silence > ttl / 2 {
            for link in Array(holders.keys) { holders[link]?.renewedAt = now }
            return []
        }
        var expired: [LeaseToken] = []
        for holder in holders.values where now - holder.renewedAt >= ttl {
            expired += holder.leases.filter { now - $0.value.grantedAt >= ttl }.keys
        }
        return expired
    }

    /// The run that a lease is of, while it is out.
    package func run(of token: LeaseToken) -> RunID? {
        holderOfLease[token].flatMap { holders[$0]?.leases[token]?.run }
    }

    /// The leases that a link holds.
    package func tokens(heldBy link: LinkID) -> [LeaseToken] { holders[link].map { Array($0.leases.keys) } ?? [] }

    /// The leases of a run, by the links that hold them.
    package func tokens(of run: RunID) -> [LinkID: [LeaseToken]] {
        holders.compactMapValues { holder in
            let tokens = holder.leases.filter { $0.value.run == run }.map(\.key)
            return tokens.isEmpty ? nil : tokens
        }
    }

    private mutating func forgetIfIdle(_ link: LinkID) {
        if let holder = holders[link], !holder.isConnected, holder.leases.isEmpty { holders[link] = nil }
    }
}
