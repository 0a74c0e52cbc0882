// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What a worker says to the coordinator.
package enum WorkerMessage: Sendable, Hashable, Codable {
    /// The first message of a link.
    case hello(Hello)
    /// The worker has room for so many more attempts.
    case leaseRequest(LeaseRequest)
    /// The worker lives; every lease of the link is renewed.
    case heartbeat(Heartbeat)
    /// Attempts that came to their end.
    case report([AttemptReport])
    /// Leases that are given back without an outcome.
    case release([LeaseRelease])
    /// The next part of an artefact is wanted; the answer is a `part`, and one request is under way at a time.
    case fetch(ArtefactRequest)
    /// The last message: the worker holds no lease and leaves.
    case goodbye
}

/// Credit for leases: the coordinator may grant so many more than before.
package struct LeaseRequest: Sendable, Hashable, Codable {
    /// How many more leases the worker has room for, from 1.
    package var want: Int

    package init(want: Int) { self.want = want }
}

/// A sign of life; the answer is a `renewal` of the same number.
package struct Heartbeat: Sendable, Hashable, Codable {
    /// Counted up by the worker, from 1, over all its links.
    package var number: Int64
    /// Whether the worker takes no more leases.
    package var isDraining: Bool

    package init(number: Int64, isDraining: Bool = false) {
        self.number = number
        self.isDraining = isDraining
    }
}
