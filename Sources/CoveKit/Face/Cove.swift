// SPDX-License-Identifier: Apache-2.0

public import CoveCore
public import CoveWorker

/// Runs a closure in every account and region of the organization, and waits for all of them.
///
/// The arguments are botocove's. Credentials, settings and the place of the run's store are found as `cove` finds them. The run is
/// kept in its store, so `cove show` and `cove results` know it; only this program can go on with it.
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
///   - assumingProfile: the profile whose credentials read the organization and assume the roles; nil for the default chain.
///   - raiseException: whether the first failure stops the run and is thrown, as `CoveFailure`.
///   - slots: how many closures run at the same time (botocove's `thread_workers`).
///   - partition: the partition of the roles; nil for the caller's.
///   - includeCallingAccount: whether the calling account is a target too.
///   - name: the function's name in the run's record.
///   - function: what to run; its result travels as JSON.
/// - Returns: results, exceptions and failed roles, in plan order.
/// - Throws: `InvalidRequest` with everything that is wrong with the arguments, `AWSError` when there are no credentials or the organization
///   cannot be read, and with `raiseException` the first `CoveFailure`.
public func cove<Result: Codable & Sendable>(
    targetIDs: [String]? = nil, ignoreIDs: [String] = [], regions: [String]? = nil,
    roleName: String = RoleSpecification.defaultName, roleSessionName: String? = nil, policy: String? = nil,
    policyARNs: [String]? = nil, externalID: String? = nil, assumingProfile: String? = nil,
    raiseException: Bool = false, slots: Int = 20, partition: String? = nil, includeCallingAccount: Bool = false,
    name: String = "closure", _ function: @escaping @Sendable (CoveSession) async throws -> Result
) async throws -> CoveOutput<Result> {
    let specification = try NativeRequest.specification(
        name: name, targetIDs: targetIDs, ignoreIDs: ignoreIDs, regions: regions,
        role: RoleSpecification(
            name: roleName, sessionName: roleSessionName, policy: policy, policyARNs: policyARNs, externalID: externalID
        ),
        partition: partition, profile: assumingProfile, raiseException: raiseException,
        includeCallingAccount: includeCallingAccount)
    return try await NativeRequest.perform(specification, slots: slots, function)
}
