// SPDX-License-Identifier: Apache-2.0

/// What a peer may do.
package struct Rights: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Lease and report as a worker.
    package static let join = Rights(rawValue: 1)
    /// Ask about runs, results and workers.
    package static let read = Rights(rawValue: 2)
    /// Make, continue, cancel and forget runs; includes `read`.
    package static let submit = Rights(rawValue: 4 | 2)
}
