// SPDX-License-Identifier: Apache-2.0

/// The number of a task in its store, counted up from 1 in the order in which tasks are to be leased.
public struct TaskID: Sendable, Hashable, Comparable, Codable {
    /// The number.
    public let rawValue: Int64

    /// The id of that number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }

    /// Orders ids in the order of leasing.
    public static func < (left: TaskID, right: TaskID) -> Bool { left.rawValue < right.rawValue }

    /// Reads the number.
    public init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
