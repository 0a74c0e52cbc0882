// SPDX-License-Identifier: Apache-2.0

/// Where a run stands.
///
/// The raw values are what the store keeps: append, never renumber.
///
/// `planning` → `planned` (the last target was added, the totals are known) → `completed` (every task is settled).
/// A run that was stopped stays where it is until it is resumed: one whose planning was not finished plans again.
public enum RunState: Int, Sendable, CaseIterable {
    /// Targets are still being added; tasks that are there are leased.
    case planning = 0
    /// All targets are there.
    case planned = 1
    /// Every task is settled.
    case completed = 2

    /// The state's name on the wire, in tables and logs.
    public var name: String {
        switch self {
        case .planning: "planning"
        case .planned: "planned"
        case .completed: "completed"
        }
    }
}

extension RunState: Codable {
    /// Reads the state's name; one that this version does not know is an error.
    public init(from decoder: any Decoder) throws { self = try decoder.state(named: \.name) }

    /// Writes the state's name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
