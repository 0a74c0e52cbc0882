// SPDX-License-Identifier: Apache-2.0

/// The versions of the protocol that a program speaks, without gaps.
package struct ProtocolVersions: Sendable, Hashable, Codable {
    /// The oldest, from 1.
    package let lowest: Int
    /// The newest.
    package let highest: Int

    /// What this program speaks.
    package static let supported = ProtocolVersions(1...1)

    package init(_ range: ClosedRange<Int>) {
        lowest = range.lowerBound
        highest = range.upperBound
    }
}
