// SPDX-License-Identifier: Apache-2.0

/// Who would be run, who not and why: what planning finds out, without a run.
package struct RunPlan: Sendable, Hashable, Codable {
    /// The account of the credentials that read the organization.
    package var callingAccount: AccountID
    /// The partition of the roles.
    package var partition: String
    /// The regions of each account's tasks; empty where functions would run without one.
    package var regions: [RegionName]
    package var targets: [Account]
    package var leftOut: [NotTargeted]

    package init(
        callingAccount: AccountID, partition: String, regions: [RegionName], targets: [Account] = [],
        leftOut: [NotTargeted] = []
    ) {
        self.callingAccount = callingAccount
        self.partition = partition
        self.regions = regions
        self.targets = targets
        self.leftOut = leftOut
    }
}
