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
    /// Attempts to end; their leases are to be released.
    case cancel([LeaseToken])
    /// Nothing more will be granted: finish what runs and leave.
    case drain
    /// The link is refused; nothing follows.
    case refusal(Refusal)
}

/// The terms of a link.
package struct Welcome: Sendable, Hashable, Codable {
    /// The store's epoch.
    package var epoch: Int64
    /// How long leases last and how they are kept.
    package var terms: LeaseTerms

    package init(epoch: Int64, terms: LeaseTerms) {
        self.epoch = epoch
        self.terms = terms
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

/// Why a link is refused.
package struct Refusal: Sendable, Hashable, Codable, Error, CustomStringConvertible {
    /// A word for programs: `outOfTurn`.
    package var code: String
    /// What was found, what was expected, what to do.
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}
