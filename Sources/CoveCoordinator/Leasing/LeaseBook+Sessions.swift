// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// Workers that come, go, and come back.
extension LeaseBook {
    /// What a worker's link finds.
    package struct Arrival {
        /// The link's number.
        package var link: LinkID
        /// Those of the leases that the worker named which are its own: it goes on with them.
        package var kept: [LeaseToken] = []
        /// Those which are not: their attempts are to be ended.
        package var lost: [LeaseToken] = []
        /// Leases that were granted to the session and that the worker never saw, since it does not name them; they count as ending.
        package var unseen: [LeaseToken] = []
        /// The session's former link, which may still be open: nothing that is heard on it counts any longer.
        package var former: LinkID?
    }

    /// A worker connected; it has no credit yet.
    ///
    /// - Parameters:
    ///   - session: What tells that it is a worker that was here before; nil for one that cannot come back.
    ///   - held: The leases that the worker says it holds.
    package mutating func connect(
        session: String? = nil, holding held: Set<LeaseToken> = [], now: ContinuousClock.Instant
    ) -> Arrival {
        var arrival = Arrival(link: newLink())
        let id: HolderID
        if let session, let known = holderOfSession[session] {
            id = known
            arrival.former = holders[known]?.link
            takeOver(known, by: arrival.link, now: now)
        } else {
            // A link's number is never given twice, and neither is a holder's, which is that of its first link.
            id = arrival.link
            holders[id] = Holder(session: session, link: arrival.link, heardAt: now, renewedAt: now)
            if let session { holderOfSession[session] = id }
        }
        holderOfLink[arrival.link] = id
        let former = holders[id]?.leases ?? [:]
        for token in held.sorted(by: { $0.task < $1.task }) {
            if former[token].map({ !$0.isEnding }) == true {
                arrival.kept.append(token)
            } else if unclaimed[token].map({ !$0.isEnding }) == true {
                claim(token, for: id, now: now)
                arrival.kept.append(token)
            } else {
                arrival.lost.append(token)
            }
        }
        arrival.unseen = former.filter { !held.contains($0.key) && !$0.value.isEnding }.map(\.key)
        ending(arrival.unseen)
        return arrival
    }

    private mutating func takeOver(_ id: HolderID, by link: LinkID, now: ContinuousClock.Instant) {
        guard let former = holders[id]?.link else { return }
        holderOfLink[former] = nil
        holders[id]?.link = link
        holders[id]?.isConnected = true
        holders[id]?.isKeptWaiting = false
        holders[id]?.credit = 0
        holders[id]?.heardAt = now
        holders[id]?.renewedAt = now
    }

    /// A link ended.
    ///
    /// Leases that its session still holds stay until they expire or it comes back, because the worker may still be at work.
    package mutating func disconnect(_ link: LinkID) {
        guard let id = connected(link) else { return }
        holders[id]?.isConnected = false
        holders[id]?.isKeptWaiting = false
        holders[id]?.credit = 0
        forgetIfIdle(id)
    }

    /// Whether a session whose newest link this is holds leases or is connected.
    package func knows(_ link: LinkID) -> Bool { holderOfLink[link] != nil }

    /// Whether a link is connected and its session's newest.
    package func isConnected(_ link: LinkID) -> Bool { connected(link) != nil }

    /// When the session of a link was heard last.
    package func heardAt(_ link: LinkID) -> ContinuousClock.Instant? {
        holderOfLink[link].flatMap { holders[$0]?.heardAt }
    }

    /// The leases that the session of a link holds and whose end is not on its way.
    package func tokens(heldBy link: LinkID) -> [LeaseToken] {
        guard let id = holderOfLink[link], let holder = holders[id] else { return [] }
        return holder.leases.filter { !$0.value.isEnding }.map(\.key)
    }

    /// How many leases the session of a link holds.
    package func count(heldBy link: LinkID) -> Int { holderOfLink[link].flatMap { holders[$0]?.leases.count } ?? 0 }

    /// The leases of a run whose end is not on its way, by the newest links of the sessions that hold them.
    package func tokens(of run: RunID) -> [LinkID: [LeaseToken]] {
        var found: [LinkID: [LeaseToken]] = [:]
        for holder in holders.values {
            let tokens = holder.leases.filter { $0.value.run == run && !$0.value.isEnding }.map(\.key)
            if !tokens.isEmpty { found[holder.link] = tokens }
        }
        return found
    }
}
