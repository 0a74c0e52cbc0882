// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What the coordinator says to a worker.
package enum CoordinatorMessage: Sendable, Hashable, Codable {
    /// The answer to `hello`: the terms of the link.
    case welcome(Welcome)
    /// Leases that are the worker's from now on; sent after they were committed.
    case grant(LeaseGrant)
    /// The answers to reports, in their order; sent after they were committed. A report without an answer is sent again.
    case verdicts([ReportAnswer])
    /// The answer to a heartbeat: every lease of the link lasts a TTL from when that heartbeat came.
    case renewal(Renewal)
    /// Attempts to end; their leases are to be released.
    case cancel([LeaseToken])
    /// Nothing more will be granted: finish what runs and leave.
    case drain
    /// The coordinator stops: keep what runs, and connect again after the time it says.
    case goaway(Goaway)
    /// The answer to a `fetch`.
    case part(ArtefactPart)
    /// The link is refused; nothing follows.
    case refusal(Refusal)
}

/// The terms of a link.
package struct Welcome: Sendable, Hashable, Codable {
    /// The store's epoch.
    package var epoch: Int64
    /// How long leases last and how they are kept.
    package var terms: LeaseTerms
    /// Those of the leases that the worker said it holds which are no longer its own: their attempts are to be ended.
    package var lost: [LeaseToken]
    /// The account of the coordinator's credentials, where it is known.
    package var callingAccount: AccountID?

    package init(epoch: Int64, terms: LeaseTerms, lost: [LeaseToken] = [], callingAccount: AccountID? = nil) {
        self.epoch = epoch
        self.terms = terms
        self.lost = lost
        self.callingAccount = callingAccount
    }
}

/// The answer to a heartbeat.
package struct Renewal: Sendable, Hashable, Codable {
    /// The heartbeat's number.
    package var number: Int64

    package init(number: Int64) { self.number = number }
}

/// What a coordinator says when it stops.
package struct Goaway: Sendable, Hashable, Codable {
    /// Why, in a few words.
    package var reason: String
    /// How long to wait before connecting again, in milliseconds; the worker adds its own jitter.
    package var retryMilliseconds: Int64

    package init(reason: String, retryMilliseconds: Int64) {
        self.reason = reason
        self.retryMilliseconds = retryMilliseconds
    }
}

/// Leases, and what is to be known of their runs.
package struct LeaseGrant: Sendable, Hashable, Codable {
    /// The leases, in the order in which they should be started.
    package var leases: [Lease]
    /// One assignment for each run of the leases.
    package var assignments: [RunAssignment]

    package init(leases: [Lease], assignments: [RunAssignment]) {
        self.leases = leases
        self.assignments = assignments
    }
}

/// The answer to one report.
package struct ReportAnswer: Sendable, Hashable, Codable {
    /// The report's token.
    package var token: LeaseToken
    /// What became of it.
    package var verdict: ReportVerdict

    package init(token: LeaseToken, verdict: ReportVerdict) {
        self.token = token
        self.verdict = verdict
    }
}
