// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// What a worker said that the store has to decide on, until its link's deciding task takes it.
///
/// Pure. The hearing task adds to it and waits while it is full, so that heartbeats are heard while the store is slow and memory
/// stays bounded.
struct LinkInbox {
    /// What the store decides on in one call.
    enum Work: Sendable {
        /// Reports, and the memory that they hold until they are settled.
        case reports([AttemptReport], AssemblyBudget.Reservation)
        case releases([LeaseRelease])

        /// The leases that it is about.
        var tokens: [LeaseToken] {
            switch self {
            case .reports(let reports, _): reports.map(\.token)
            case .releases(let releases): releases.map(\.token)
            }
        }
    }

    private static let itemLimit = 16
    private static let releaseLimit = 4_096

    private var items: [Work] = []

    /// Whether what comes next has to wait.
    var isFull: Bool { items.count >= Self.itemLimit }

    /// Adds something, also when it is full: who adds asks first, unless it is bounded otherwise.
    ///
    /// Releases that come one after the other are decided on together.
    mutating func add(_ work: Work) {
        if case .releases(let more) = work, case .releases(let waiting)? = items.last,
            waiting.count + more.count <= Self.releaseLimit
        {
            items[items.count - 1] = .releases(waiting + more)
        } else {
            items.append(work)
        }
    }

    /// Takes what is to be decided on next.
    mutating func next() -> Work? { items.isEmpty ? nil : items.removeFirst() }
}
