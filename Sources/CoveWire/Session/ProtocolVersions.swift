// SPDX-License-Identifier: Apache-2.0

/// The versions of the protocol that a program speaks, without gaps.
package struct ProtocolVersions: Sendable, Hashable {
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

    package func contains(_ version: Int) -> Bool { version >= lowest && version <= highest }

    /// The newest version that both speak; nil when there is none.
    package func newestInCommon(with other: ProtocolVersions) -> Int? {
        let newest = min(highest, other.highest)
        return newest >= max(lowest, other.lowest) ? newest : nil
    }
}

extension ProtocolVersions: Codable, CustomStringConvertible {
    private enum Key: String, CodingKey {
        case lowest, highest
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        lowest = try container.decode(1...Int.max, forKey: .lowest)
        highest = try container.decode(lowest...Int.max, forKey: .highest)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(lowest, forKey: .lowest)
        try container.encode(highest, forKey: .highest)
    }

    /// As `1` or `1 to 3`.
    package var description: String { lowest == highest ? "\(lowest)" : "\(lowest) to \(highest)" }
}
