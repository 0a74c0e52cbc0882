// SPDX-License-Identifier: Apache-2.0

/// Where a task stands.
///
/// The raw values are what the store keeps: append, never renumber.
///
/// `ready` → `leased` (a grant) → one of the settled states (a report), or back to `ready` (a release, an expired lease).
/// A settled task becomes `ready` again only by `cove retry`.
public enum TaskState: Int, Sendable, CaseIterable {
    /// Waits to be leased.
    case ready = 0
    /// A worker holds its lease.
    case leased = 1
    /// The function returned.
    case succeeded = 2
    /// The function failed.
    case failed = 3
    /// The role could not be assumed.
    case roleNotAssumed = 4

    /// Whether an outcome is recorded.
    public var isSettled: Bool { self != .ready && self != .leased }

    /// The state's name on the wire, in tables and logs.
    public var name: String {
        switch self {
        case .ready: "ready"
        case .leased: "leased"
        case .succeeded: "succeeded"
        case .failed: "failed"
        case .roleNotAssumed: "roleNotAssumed"
        }
    }
}

extension TaskState: Codable {
    /// Reads the state's name; one that this version does not know is an error.
    public init(from decoder: any Decoder) throws { self = try decoder.state(named: \.name) }

    /// Writes the state's name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
