// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What a worker says to the coordinator.
package enum WorkerMessage: Sendable, Hashable, Codable {
    /// The first message of a link.
    case hello(Hello)
    /// The worker has room for so many more attempts.
    case leaseRequest(LeaseRequest)
    /// The worker lives; every lease of the link is renewed.
    case heartbeat
    /// Attempts that came to their end.
    case report([AttemptReport])
    /// Leases that are given back without an outcome.
    case release([LeaseRelease])
    /// The last message: the worker holds no lease and leaves.
    case goodbye
}

/// Who a worker is and what it can do.
package struct Hello: Sendable, Hashable, Codable {
    /// The worker's name, as outcomes record it.
    package var worker: String
    /// How many attempts it runs at the same time.
    package var slots: Int
    /// The kinds of function that its operator allows.
    package var kinds: [FunctionSpecification.Kind]
    /// The account of the worker's own credentials, where it is known.
    package var account: AccountID?

    package init(worker: String, slots: Int, kinds: [FunctionSpecification.Kind], account: AccountID? = nil) {
        self.worker = worker
        self.slots = slots
        self.kinds = kinds
        self.account = account
    }
}

/// Credit for leases: the coordinator may grant so many more than before.
package struct LeaseRequest: Sendable, Hashable, Codable {
    /// How many more leases the worker has room for, from 1.
    package var want: Int

    package init(want: Int) { self.want = want }
}
