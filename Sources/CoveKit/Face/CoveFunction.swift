// SPDX-License-Identifier: Apache-2.0

public import CoveWorker

/// A Swift function that runs in every account and region: what `@Cove` makes of `f` as `$f`.
///
/// It can be called (`$f()`), called with other options (`$f.with(regions: ["eu-west-1"])()`), followed (`$f.outcomes()`), and listed
/// in a `CoveApp`, whose workers run it on other hosts.
public protocol CoveFunction: Sendable {
    /// What the function takes beside the session, as one value; travels as a JSON object.
    associatedtype CoveFunctionInput: Codable & Sendable
    /// What it returns; travels as JSON.
    associatedtype CoveFunctionResult: Sendable
    /// The name by which it is listed and recorded; within a type the type's name stands before it.
    var name: String { get }
    /// Where, as whom and how it runs.
    var options: CoveOptions { get set }
    /// How its result becomes JSON and back.
    var coding: CoveCoding<CoveFunctionResult> { get }
    /// Runs it once, with a session of one account and region.
    func call(_ session: CoveSession, _ input: CoveFunctionInput) async throws -> CoveFunctionResult
}

/// The input of a function that takes nothing but the session.
public struct CoveNoInput: Codable, Sendable, Hashable {
    /// Nothing.
    public init() {}
}

extension CoveFunction {
    /// Runs the function in every account and region, and waits for all of them.
    ///
    /// Credentials, settings and the place of the run's store are found as `cove` finds them. Cancelling the calling task ends
    /// the attempts that run.
    ///
    /// - Returns: results, exceptions and failed roles, in plan order.
    /// - Throws: `InvalidRequest` with everything that is wrong with the options, `AWSError` when there are no credentials or the
    ///   organization cannot be read, and with `raiseException` the first `CoveFailure`.
    public func run(_ input: CoveFunctionInput) async throws -> CoveOutput<CoveFunctionResult> {
        try await request(input).perform()
    }

    /// Runs the function in every account and region, and gives its outcomes as they settle.
    ///
    /// The run begins with the loop, once for each. No more than a page of outcomes is in memory. Leaving the loop, or cancelling the
    /// task that it is in, cancels the run as Ctrl-C does: nothing more is started, what runs is ended, what is done is
    /// recorded. What is thrown is what `run` throws, after the outcomes that there are.
    public func outcomes(of input: CoveFunctionInput) -> CoveOutcomes<CoveFunctionResult> {
        CoveOutcomes { feed in try await request(input).feed(feed) }
    }

    /// The same function with other options; those that are left out stay as they are.
    public func with(
        targetIDs: [String]? = nil, ignoreIDs: [String]? = nil, regions: [String]? = nil, roleName: String? = nil,
        roleSessionName: String? = nil, policy: String? = nil, policyARNs: [String]? = nil, externalID: String? = nil,
        duration: Duration? = nil, assumingProfile: String? = nil, raiseException: Bool? = nil,
        atMostOnce: Bool? = nil, taskTimeout: Duration? = nil, slots: Int? = nil, partition: String? = nil,
        includeCallingAccount: Bool? = nil
    ) -> Self {
        var copy = self
        copy.options = CoveOptions(
            targetIDs: targetIDs ?? options.targetIDs, ignoreIDs: ignoreIDs ?? options.ignoreIDs,
            regions: regions ?? options.regions, roleName: roleName ?? options.roleName,
            roleSessionName: roleSessionName ?? options.roleSessionName, policy: policy ?? options.policy,
            policyARNs: policyARNs ?? options.policyARNs, externalID: externalID ?? options.externalID,
            duration: duration ?? options.duration, assumingProfile: assumingProfile ?? options.assumingProfile,
            raiseException: raiseException ?? options.raiseException, atMostOnce: atMostOnce ?? options.atMostOnce,
            taskTimeout: taskTimeout ?? options.taskTimeout, slots: slots ?? options.slots,
            partition: partition ?? options.partition,
            includeCallingAccount: includeCallingAccount ?? options.includeCallingAccount)
        return copy
    }

    /// The shape of the input, for people: `{"path": text}`; nil where it takes none.
    public var inputShape: String? { takesInput ? ValueShape.of(CoveFunctionInput.self).description : nil }

    /// The shape of the result, for people; nil where it returns nothing.
    public var outputShape: String? { coding.shape()?.description }

    /// Whether it takes more than the session.
    var takesInput: Bool { CoveFunctionInput.self != CoveNoInput.self }

    func request(_ input: CoveFunctionInput) throws -> NativeRequest<CoveFunctionResult> {
        let offer = try Program.running.offer(of: [self])
        return NativeRequest(
            function: NativeSpecification(
                name: name, program: offer?.program, build: offer?.build,
                input: takesInput ? try CoveCoding.codable.encode(input) : nil),
            offer: offer, options: options, coding: coding
        ) { session, _ in try await call(session, input) }
    }
}
