// SPDX-License-Identifier: Apache-2.0

public import CoveCore

/// Lets a function run in every account and region of the organization.
///
/// The function is `async throws`, takes a `CoveSession` first, and any number of `Codable` inputs after it; what it returns is
/// `Codable` and `Sendable`, or nothing. It stands at file scope, or is a static member of a type.
/// It cannot be in a protocol's extension, and of two functions of one name in the same place only one can have the attribute.
///
/// ```swift
/// @Cove(regions: ["eu-west-1", "us-east-1"])
/// func iamUsers(session: CoveSession, path: String = "/") async throws -> [String] {
///     let iam = try session.client("iam")
///     return try await iam.paginate("ListUsers", ["PathPrefix": .string(path)]).collect("Users[].UserName")
/// }
///
/// let output = try await iamUsers(path: "/engineers/")                     // everywhere: CoveOutput<[String]>
/// let other = try await $iamUsers.with(regions: ["eu-west-3"])(path: "/")  // with other options
/// for try await outcome in $iamUsers.outcomes() { … }                      // as they settle
/// ```
///
/// - Parameters:
///   - targetIDs: accounts, organizational units and roots to run in; nil for every active account.
///   - ignoreIDs: accounts, organizational units and roots to leave out; wins over `targetIDs`.
///   - regions: the regions to run in; nil for the profile's default region.
///   - roleName: the role to assume in every account, path included.
///   - roleSessionName: the name of the role's session; nil for the role's last segment.
///   - policy: a session policy (JSON).
///   - policyARNs: managed policies that narrow the session.
///   - externalID: the id that the role's trust policy asks for.
///   - duration: the role session's length, 900 to 43,200 seconds; nil for AWS's default of an hour.
///   - assumingProfile: the profile whose credentials read the organization and assume the roles; nil for the default chain.
///   - raiseException: whether the first failure stops the run and is thrown, as `CoveFailure`.
///   - atMostOnce: whether an attempt that was started and lost is not run again.
///   - taskTimeout: how long an attempt may take, in whole seconds; nil for as long as it wants.
///   - slots: how many attempts run at the same time (botocove's `thread_workers`), 1 to 4,096.
///   - partition: the partition of the roles; nil for the caller's.
///   - includeCallingAccount: whether the calling account is a target too.
@attached(peer, names: overloaded, prefixed(`$`), prefixed(_CoveFunction_))
public macro Cove(
    targetIDs: [String]? = nil, ignoreIDs: [String] = [], regions: [String]? = nil,
    roleName: String = RoleSpecification.defaultName, roleSessionName: String? = nil, policy: String? = nil,
    policyARNs: [String]? = nil, externalID: String? = nil, duration: Duration? = nil, assumingProfile: String? = nil,
    raiseException: Bool = false, atMostOnce: Bool = false, taskTimeout: Duration? = nil, slots: Int = 20,
    partition: String? = nil, includeCallingAccount: Bool = false
) = #externalMacro(module: "CoveMacros", type: "CoveMacro")
