// SPDX-License-Identifier: Apache-2.0

internal import struct FoundationEssentials.Date

/// The operations of AWS STS that Cove itself needs (API version 2011-06-15).
public struct STSClient: Sendable {
    private let pipeline: CallPipeline
    private let endpoint: CallEndpoint

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
                transport: transport, credentials: credentials, policy: RetryPolicy(configuration, serviceID: "STS"),
                userAgent: userAgent, environment: environment),
            endpoint: CallEndpoint(try .sts(configuration, region: region)))
    }

    /// Opens a session of a role.
    public func assumeRole(_ input: AssumeRoleInput) async throws -> AssumedRole {
        var form = FormWriter(action: "AssumeRole", version: Self.version)
        form.add("RoleArn", input.roleARN)
        form.add("RoleSessionName", input.sessionName)
        for (index, arn) in input.policyARNs.enumerated() { form.add("PolicyArns.member.\(index + 1).arn", arn) }
        form.add("Policy", input.policy)
        form.add("DurationSeconds", input.durationSeconds.map(String.init))
        form.add("ExternalId", input.externalID)
        form.add("SerialNumber", input.serialNumber)
        form.add("TokenCode", input.tokenCode)
        let request = QueryProtocol.request(form, to: endpoint.origin)
        let call = Call("STS.AssumeRole", request, auth: endpoint.auth, fault: QueryProtocol.fault)
        return try await pipeline.call(call) { response in
            let result = try QueryProtocol.result("AssumeRoleResult", of: response)
            let user = result["AssumedRoleUser"]
            return AssumedRole(
                credentials: try Self.credentials(result), assumedRoleARN: user?["Arn"]?.text,
                assumedRoleID: user?["AssumedRoleId"]?.text,
                packedPolicySize: result["PackedPolicySize"].flatMap { Int($0.text) })
        }.output
    }

    /// Tells whose credentials the client signs with.
    ///
    /// Needs no permission.
    public func getCallerIdentity() async throws -> CallerIdentity {
        let form = FormWriter(action: "GetCallerIdentity", version: Self.version)
        let request = QueryProtocol.request(form, to: endpoint.origin)
        let call = Call("STS.GetCallerIdentity", request, auth: endpoint.auth, fault: QueryProtocol.fault)
        return try await pipeline.call(call) { response in
            let result = try QueryProtocol.result("GetCallerIdentityResult", of: response)
            return CallerIdentity(
                account: try Self.text("Account", of: result), arn: try Self.text("Arn", of: result),
                userID: try Self.text("UserId", of: result))
        }.output
    }

    private static let version = "2011-06-15"

    private static func credentials(_ result: XMLElement) throws -> Credentials {
        guard let element = result["Credentials"] else { throw CodecError("expected Credentials", at: 0) }
        let end = try text("Expiration", of: element)
        guard let seconds = Timestamp.seconds(end) else {
            throw CodecError("expected a time in Expiration, found \"\(end)\"", at: 0)
        }
        return Credentials(
            accessKeyID: try text("AccessKeyId", of: element),
            secretAccessKey: try text("SecretAccessKey", of: element),
            sessionToken: try text("SessionToken", of: element), expiration: Date(timeIntervalSince1970: seconds))
    }

    /// The text of a child that the API says is always there.
    private static func text(_ name: String, of element: XMLElement) throws -> String {
        guard let text = element[name]?.text, !text.isEmpty else { throw CodecError("expected \(name)", at: 0) }
        return text
    }
}
