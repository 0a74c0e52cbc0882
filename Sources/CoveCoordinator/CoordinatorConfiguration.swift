// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// How a coordinator works.
package struct CoordinatorConfiguration: Sendable {
    /// How long leases last and how they are kept.
    package var terms: LeaseTerms
    /// Whether a run's number of slots bounds how many of its leases are out over all workers; false where the one worker has as many.
    package var boundsSlots: Bool
    /// How many bytes of reports are held in memory until they are settled, over all links; more wait unread.
    package var reportMemory: Int

    package init(terms: LeaseTerms = .init(), boundsSlots: Bool = true, reportMemory: Int = 256 << 20) {
        self.terms = terms
        self.boundsSlots = boundsSlots
        self.reportMemory = reportMemory
    }
}
