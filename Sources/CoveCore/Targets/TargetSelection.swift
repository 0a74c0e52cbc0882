// SPDX-License-Identifier: Apache-2.0

/// Which accounts a run is for.
public struct TargetSelection: Sendable, Hashable, Codable {
    /// The accounts, units and roots to run in; nil for every active account of the organization.
    public var targets: [TargetID]?
    /// What is left out; it wins over `targets`.
    public var ignored: [TargetID]
    /// Whether the account whose credentials resolve the organization is a target too.
    public var includesCallingAccount: Bool

    /// A selection; by default every active account but the calling one.
    public init(targets: [TargetID]? = nil, ignored: [TargetID] = [], includesCallingAccount: Bool = false) {
        self.targets = targets
        self.ignored = ignored
        self.includesCallingAccount = includesCallingAccount
    }
}
