// SPDX-License-Identifier: Apache-2.0

/// Everything that says what a run does.
///
/// It is fixed when the run is created: a resumed run does the same.
public struct RunSpecification: Sendable, Hashable, Codable {
    /// What is run.
    public var function: FunctionSpecification
    /// In which accounts.
    public var selection: TargetSelection
    /// In which regions; nil for one task an account, in the default region of the credentials' profile.
    public var regions: [RegionName]?
    /// The default region when the run was made; what `regions` nil stands for.
    public var defaultRegion: RegionName?
    /// As whom.
    public var role: RoleSpecification
    /// The partition of the role's ARN; nil for that of the calling account.
    public var partition: String?
    /// The profile whose credentials resolve the organization and assume the role; nil for the default chain.
    public var profile: String?
    /// How long an attempt may take, in seconds; nil for as long as it wants.
    public var taskTimeoutSeconds: Int?
    /// How many attempts run at the same time on one machine, so that a resumed run is as gentle as the first; nil for the
    /// worker's own number.
    public var slots: Int?
    /// Whether the first failure stops the run.
    public var raisesException: Bool
    /// Whether an attempt that was started and lost is not run again.
    public var isAtMostOnce: Bool

    /// How many attempts may run at the same time, and how many slots a worker may have.
    package static let slotRange = 1...4_096
    /// How long an attempt may be given, in seconds: up to a week.
    package static let taskTimeoutRange = 1...604_800

    /// A run; all but the function has a default.
    public init(
        function: FunctionSpecification, selection: TargetSelection = .init(), regions: [RegionName]? = nil,
        defaultRegion: RegionName? = nil, role: RoleSpecification = .init(), partition: String? = nil,
        profile: String? = nil, taskTimeoutSeconds: Int? = nil, slots: Int? = nil, raisesException: Bool = false,
        isAtMostOnce: Bool = false
    ) {
        self.function = function
        self.selection = selection
        self.regions = regions
        self.defaultRegion = defaultRegion
        self.role = role
        self.partition = partition
        self.profile = profile
        self.taskTimeoutSeconds = taskTimeoutSeconds
        self.slots = slots
        self.raisesException = raisesException
        self.isAtMostOnce = isAtMostOnce
    }

    /// The regions of an account's tasks, in order; one nil where the function runs without a region.
    public var taskRegions: [RegionName?] { regions ?? [defaultRegion] }
}
