// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// The leases that were given back and of which it is not known that the coordinator heard it.
///
/// Releases are not answered. One has arrived when a heartbeat that was sent after it is; until then it is kept for the next link.
/// A release of a lease that is no longer held changes nothing, so saying it twice does no harm.
struct ReleaseOutbox {
    /// How many are kept; a worker that gives back more than it can tell is granted what it did not ask for.
    static let capacity = 4_096
    /// How many releases one message carries at most.
    static let batch = 256

    private struct Said {
        var release: LeaseRelease
        /// The last heartbeat before it was sent; nil while it is being sent.
        var after: Int64?
    }

    private var waiting: [LeaseRelease] = []
    private var said: [Said] = []

    /// Whether something is to be said.
    var isWaiting: Bool { !waiting.isEmpty }
    /// Whether more is to be said than can be kept.
    var isOverrun: Bool { waiting.count > Self.capacity }
    /// The leases of these releases.
    var tokens: [LeaseToken] { said.map(\.release.token) + waiting.map(\.token) }

    mutating func append(_ release: LeaseRelease) { waiting.append(release) }

    /// What is sent now.
    mutating func nextBatch() -> [LeaseRelease]? {
        guard !waiting.isEmpty else { return nil }
        let batch = Array(waiting.prefix(Self.batch))
        waiting.removeFirst(batch.count)
        said += batch.map { Said(release: $0) }
        return batch
    }

    /// What was taken to be sent is sent, the heartbeat of that number before it.
    mutating func sent(after number: Int64) {
        var place = said.count
        while place > 0, said[place - 1].after == nil {
            place -= 1
            said[place].after = number
        }
        // Heartbeats come every quarter of a TTL: what is older than so many others has arrived, or the link is gone.
        if said.count > Self.capacity { said.removeFirst(said.count - Self.capacity) }
    }

    /// A heartbeat was answered: what was sent before it has arrived.
    mutating func arrived(before number: Int64) {
        said.removeAll { said in said.after.map { $0 < number } ?? false }
    }

    /// These leases are no longer the worker's: there is nothing to give back.
    mutating func forget(_ tokens: Set<LeaseToken>) {
        said.removeAll { tokens.contains($0.release.token) }
        waiting.removeAll { tokens.contains($0.token) }
    }

    /// The link ended: what may not have arrived is said again, before all else.
    mutating func disconnected() {
        waiting = said.map(\.release) + waiting
        said = []
        // A lease that the next hello does not name is taken for one that was never started, which is just what these say.
        if isOverrun { waiting.removeAll { $0.reason == .notStarted } }
    }
}
