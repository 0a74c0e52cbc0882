// SPDX-License-Identifier: Apache-2.0

internal import struct FoundationEssentials.Date

/// The operations of AWS STS that Cove itself needs (API version 2011-06-15).
public struct STSClient: Sendable {
    private let pipeline: CallPipeline
    private let endpoint: CallEndpoint

    private static let assumeRole = BuiltInModel.plan("AssumeRole", of: BuiltInModel.sts)
    private static let getCallerIdentity = BuiltInModel.plan("GetCallerIdentity", of: BuiltInModel.sts)

    /// Makes a client of a pipeline.
    package init(_ pipeline: CallPipeline, endpoint: CallEndpoint) {
        self.pipeline = pipeline
        self.endpoint = endpoint
    }

    /// Makes a client that signs with the given credentials.
    ///
    /// - Parameter region: the region whose endpoint is used; nil for the configuration's.
    package init(
        configuration: AWSConfiguration, transport: any HTTPTransport, credentials: any CredentialProvider,
        region: String? = nil, userAgent: String = AWSSession.userAgent, environment: CallEnvironment = .live
    ) throws {
        self.init(
            CallPipeline(
                transport: transport, credentials: credentials,
                policy: RetryPolicy(configuration, serviceID: "STS"), userAgent: userAgent, environment: environment),
            endpoint: CallEndpoint(try .sts(configuration, region: region)))
    }

    /// Opens a session of a role.
    public func assumeRole(_ input: AssumeRoleInput) async throws -> AssumedRole {
        var members: AWSMembers = ["RoleArn": .string(input.roleARN), "RoleSessionName": .string(input.sessionName)]
        if !input.policyARNs.isEmpty { members["PolicyArns"] = .list(input.policyARNs.map { ["arn": .string($0)] }) }
        members["Policy"] = input.policy.map { .string($0) }
        members["DurationSeconds"] = input.durationSeconds.map { .integer(Int64($0)) }
        members["ExternalId"] = input.externalID.map { .string($0) }
        members["SerialNumber"] = input.serialNumber.map { .string($0) }
        members["TokenCode"] = input.tokenCode.map { .string($0) }
        return try await pipeline.call(Self.assumeRole.get(), members, to: endpoint) { output throws(CodecError) in
            let user = output["AssumedRoleUser"]
            return AssumedRole(
                credentials: try Self.credentials(output["Credentials"]), assumedRoleARN: user["Arn"].string,
                assumedRoleID: user["AssumedRoleId"].string,
                packedPolicySize: output["PackedPolicySize"].integer.map { Int($0) })
        }
    }

    /// Tells whose credentials the client signs with.
    ///
    /// Needs no permission.
    public func getCallerIdentity() async throws -> CallerIdentity {
        try await pipeline.call(Self.getCallerIdentity.get(), [:], to: endpoint) { output throws(CodecError) in
            CallerIdentity(
                account: try Self.text("Account", of: output), arn: try Self.text("Arn", of: output),
                userID: try Self.text("UserId", of: output))
        }
    }

    private static func credentials(_ value: AWSValue) throws(CodecError) -> Credentials {
        guard !value.isNull else { throw CodecError("expected Credentials", at: 0) }
        guard case .timestamp(let end) = value["Expiration"] else { throw CodecError("expected Expiration", at: 0) }
        return Credentials(
            accessKeyID: try text("AccessKeyId", of: value), secretAccessKey: try text("SecretAccessKey", of: value),
            sessionToken: try text("SessionToken", of: value), expiration: Date(timeIntervalSince1970: end))
    }

    /// The text of a member that the API says is always there.
    private static func text(_ name: String, of value: AWSValue) throws(CodecError) -> String {
        guard let text = value[name].string, !text.isEmpty else { throw CodecError("expected \(name)", at: 0) }
        return text
    }
}
