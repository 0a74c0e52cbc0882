// SPDX-License-Identifier: Apache-2.0

public import CoveCore

/// Where, as whom and how a Swift function runs: botocove's arguments, and those of `cove exec`.
public struct CoveOptions: Sendable, Hashable {
    /// The accounts, organizational units and roots to run in; nil for every active account.
    public var targetIDs: [String]?
    /// The accounts, organizational units and roots to leave out; wins over `targetIDs`.
    public var ignoreIDs: [String]
    /// The regions to run in; nil for the profile's default region.
    public var regions: [String]?
    /// The role to assume in every account, path included.
    public var roleName: String
    /// The name of the role's session; nil for the role's last segment.
    public var roleSessionName: String?
    /// A session policy (JSON).
    public var policy: String?
    /// Managed policies that narrow the session.
    public var policyARNs: [String]?
    /// The id that the role's trust policy asks for.
    public var externalID: String?
    /// The role session's length, 900 to 43,200 seconds; nil for AWS's default of an hour.
    public var duration: Duration?
    /// The profile whose credentials read the organization and assume the roles; nil for the default chain.
    public var assumingProfile: String?
    /// Whether the first failure stops the run and is thrown, as `CoveFailure`.
    public var raiseException: Bool
    /// Whether an attempt that was started and lost is not run again.
    public var atMostOnce: Bool
    /// How long an attempt may take, in whole seconds; nil for as long as it wants.
    public var taskTimeout: Duration?
    /// How many attempts run at the same time (botocove's `thread_workers`), 1 to 4,096.
    public var slots: Int
    /// The partition of the roles; nil for the caller's.
    public var partition: String?
    /// Whether the calling account is a target too.
    public var includeCallingAccount: Bool

    /// Options; all of them have defaults, which are botocove's.
    public init(
        targetIDs: [String]? = nil, ignoreIDs: [String] = [], regions: [String]? = nil,
        roleName: String = RoleSpecification.defaultName, roleSessionName: String? = nil, policy: String? = nil,
        policyARNs: [String]? = nil, externalID: String? = nil, duration: Duration? = nil,
        assumingProfile: String? = nil, raiseException: Bool = false, atMostOnce: Bool = false,
        taskTimeout: Duration? = nil, slots: Int = 20, partition: String? = nil, includeCallingAccount: Bool = false
    ) {
        self.targetIDs = targetIDs
        self.ignoreIDs = ignoreIDs
        self.regions = regions
        self.roleName = roleName
        self.roleSessionName = roleSessionName
        self.policy = policy
        self.policyARNs = policyARNs
        self.externalID = externalID
        self.duration = duration
        self.assumingProfile = assumingProfile
        self.raiseException = raiseException
        self.atMostOnce = atMostOnce
        self.taskTimeout = taskTimeout
        self.slots = slots
        self.partition = partition
        self.includeCallingAccount = includeCallingAccount
    }
}

extension CoveOptions {
    /// The role to assume.
    var role: RoleSpecification {
        RoleSpecification(
            name: roleName, sessionName: roleSessionName, policy: policy, policyARNs: policyARNs,
            externalID: externalID, durationSeconds: duration.map { Int($0.components.seconds) })
    }

    /// The options that are not the defaults, as the command line says them: what a run of the function does unless an argument or a
    /// variable says otherwise.
    var settings: [(option: String, value: String)] {
        let plain = CoveOptions()
        func list(_ texts: [String]?) -> String? { texts?.joined(separator: ",") }
        func seconds(_ duration: Duration?) -> String? { duration.map { "\($0.components.seconds)" } }
        let values: [(String, String?)] = [
            ("targets", list(targetIDs)), ("ignore", ignoreIDs.isEmpty ? nil : list(ignoreIDs)),
            ("regions", list(regions)), ("role-name", roleName == plain.roleName ? nil : roleName),
            ("role-session-name", roleSessionName), ("policy", policy), ("policy-arns", list(policyARNs)),
            ("external-id", externalID), ("duration", seconds(duration)), ("profile", assumingProfile),
            ("raise-exception", raiseException ? "true" : nil), ("at-most-once", atMostOnce ? "true" : nil),
            ("task-timeout", seconds(taskTimeout)), ("slots", slots == plain.slots ? nil : "\(slots)"),
            ("partition", partition), ("include-calling-account", includeCallingAccount ? "true" : nil),
        ]
        return values.compactMap { option, value in value.map { (option, $0) } }
    }
}
