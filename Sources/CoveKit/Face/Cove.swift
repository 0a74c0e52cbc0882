// SPDX-License-Identifier: Apache-2.0

public import CoveCore
public import CoveWorker

/// Runs a closure in every account and region of the organization, and waits for all of them.
///
/// The arguments are botocove's, and those of `cove exec`. Credentials, settings and the place of the run's store are
/// found as `cove` finds them; `cove show` and `cove results` know the run. A run of a closure cannot be gone on
/// with: see `@Cove` for one that can. Cancelling the calling task ends the closures that run.
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
///   - assumingProfile: the profile whose credentials read the organization and assume the roles; nil for the default
///     chain.
///   - raiseException: whether the first failure stops the run and is thrown, as `CoveFailure`.
///   - atMostOnce: whether an attempt that was started and lost is not run again.
///   - taskTimeout: how long an attempt may take, in whole seconds; nil for as long as it wants.
///   - slots: how many closures run at the same time (botocove's `thread_workers`), 1 to 4,096.
///   - partition: the partition of the roles; nil for the caller's.
///   - includeCallingAccount: whether the calling account is a target too.
///   - name: the function's name in the run's record.
///   - function: what to run; its result travels as JSON.
/// - Returns: results, exceptions and failed roles, in plan order.
/// - Throws: `InvalidRequest` with everything that is wrong with the arguments, `AWSError` when there are no credentials
///   or the organization cannot be read, and with `raiseException` the first `CoveFailure`.
public func cove<Result: Codable & Sendable>(
    targetIDs: [String]? = nil, ignoreIDs: [String] = [], regions: [String]? = nil,
    roleName: String = RoleSpecification.defaultName, roleSessionName: String? = nil, policy: String? = nil,
    policyARNs: [String]? = nil, externalID: String? = nil, duration: Duration? = nil, assumingProfile: String? = nil,
    raiseException: Bool = false, atMostOnce: Bool = false, taskTimeout: Duration? = nil, slots: Int = 20,
    partition: String? = nil, includeCallingAccount: Bool = false, name: String = "closure",
    _ function: @escaping @Sendable (CoveSession) async throws -> Result
) async throws -> CoveOutput<Result> {
    let options = CoveOptions(
        targetIDs: targetIDs, ignoreIDs: ignoreIDs, regions: regions, roleName: roleName,
        roleSessionName: roleSessionName, policy: policy, policyARNs: policyARNs, externalID: externalID,
        duration: duration, assumingProfile: assumingProfile, raiseException: raiseException, atMostOnce: atMostOnce,
        taskTimeout: taskTimeout, slots: slots, partition: partition, includeCallingAccount: includeCallingAccount)
    return try await NativeRequest(
        function: NativeSpecification(name: name, program: Program.running.name), options: options, coding: .codable
    ) { session, _ in try await function(session) }.perform()
}

/// Runs a closure that returns nothing in every account and region of the organization, and waits for all of them.
///
/// See the form with a result for the arguments and errors.
public func cove(
    targetIDs: [String]? = nil, ignoreIDs: [String] = [], regions: [String]? = nil,
    roleName: String = RoleSpecification.defaultName, roleSessionName: String? = nil, policy: String? = nil,
    policyARNs: [String]? = nil, externalID: String? = nil, duration: Duration? = nil, assumingProfile: String? = nil,
    raiseException: Bool = false, atMostOnce: Bool = false, taskTimeout: Duration? = nil, slots: Int = 20,
    partition: String? = nil, includeCallingAccount: Bool = false, name: String = "closure",
    _ function: @escaping @Sendable (CoveSession) async throws -> Void
) async throws -> CoveOutput<Void> {
    let options = CoveOptions(
        targetIDs: targetIDs, ignoreIDs: ignoreIDs, regions: regions, roleName: roleName,
        roleSessionName: roleSessionName, policy: policy, policyARNs: policyARNs, externalID: externalID,
        duration: duration, assumingProfile: assumingProfile, raiseException: raiseException, atMostOnce: atMostOnce,
        taskTimeout: taskTimeout, slots: slots, partition: partition, includeCallingAccount: includeCallingAccount)
    return try await NativeRequest(
        function: NativeSpecification(name: name, program: Program.running.name), options: options, coding: .nothing
    ) { session, _ in try await function(session) }.perform()
}
