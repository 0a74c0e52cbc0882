// SPDX-License-Identifier: Apache-2.0

/// Chooses how the calls of a service in a region are signed.
///
/// By the endpoint rules, the operation, the service, in this order, as botocore does. What an operation says needs no
/// signature gets none.
struct AuthSchemes: Sendable {
    private let metadata: ServiceMetadata
    private let region: String
    /// The user's order of schemes (`auth_scheme_preference`), `sigv4` or `httpBearerAuth`; empty for none.
    private let preference: [String]
    private let token: BearerToken?

    /// - Parameters:
    ///   - preference: the schemes that the user prefers.
    ///   - token: the token that the user has for the service; where there is one, it is preferred.
    ///   - signingRegion: the region of signatures where the rules name none; nil for the region.
    init(
        _ metadata: ServiceMetadata, region: String, signingRegion: String?, preference: [String],
        token: BearerToken?
    ) {
        let isGlobal = region == PartitionTable.aws.globalRegion
        self.signingRegion = signingRegion ?? (isGlobal ? PartitionTable.aws.implicitGlobalRegion : region)
        self.metadata = metadata
        self.region = region
        self.preference = (token == nil ? [] : ["httpBearerAuth"]) + preference
        self.token = token
    }

    /// The way for a call.
    ///
    /// - Parameter schemes: the rules' `authSchemes`; null where they have none.
    /// - Throws: `AWSError` (`.invalidInput`) when Cove knows no way that the service takes.
    func choose(_ auth: OperationModel.Auth, _ schemes: AWSValue, operation: String) throws -> CallAuth {
        if auth.isAnonymous { return .anonymous }
        if let list = schemes.list, !list.isEmpty {
            let ordered = Self.ordered(list.map { ($0["name"].string ?? "", $0) }, by: preference)
            guard let (name, scheme) = ordered.first(where: { Self.isKnown($0.0) }) else {
                throw refusal(ordered.map(\.0), operation)
            }
            return try make(
                name, auth, region: scheme["signingRegion"].string ?? region,
                service: scheme["signingName"].string ?? metadata.signingName)
        }
        let offered = auth.schemes.isEmpty ? metadata.offeredAuth : auth.schemes
        let ordered = Self.ordered(offered.map { ($0, ()) }, by: preference).map(\.0)
        guard let name = ordered.first(where: Self.isKnown) else { throw refusal(ordered, operation) }
        return try make(name, auth, region: signingRegion, service: metadata.signingName)
    }

    /// The region of signatures where the rules name none.
    private let signingRegion: String

    private func make(
        _ scheme: String, _ auth: OperationModel.Auth, region: String, service: String
    ) throws -> CallAuth {
        switch scheme {
        case "bearer", "httpBearerAuth":
            guard let token else {
                throw AWSError(
                    .credentials, code: "NoToken",
                    message: "\(metadata.serviceID) wants a bearer token and there is none; set "
                        + "AWS_BEARER_TOKEN_\(metadata.signingName.uppercased().replacing("-", with: "_"))")
            }
            return .bearer(token)
        case "noAuth": return .anonymous
        default:
            if Self.s3Names.contains(service) { return .signed(SigningScope(region: region, service: service), .s3) }
            var settings = SigningSettings()
            if auth.hasUnsignedPayload { settings.payload = .unsigned }
            return .signed(SigningScope(region: region, service: service), settings)
        }
    }

    private static let s3Names: Set<String> = ["s3", "s3-outposts", "s3-object-lambda", "s3express"]

    private static func isKnown(_ scheme: String) -> Bool {
        ["sigv4", "bearer", "httpBearerAuth", "noAuth"].contains(scheme)
    }

    /// The schemes, those that the user prefers first.
    private static func ordered<Value>(
        _ schemes: [(String, Value)], by preference: [String]
    ) -> [(String, Value)] {
        let named = schemes.map { (String($0.0.split(separator: "#").last ?? ""), $0.1) }
        if preference.isEmpty { return named }
        let preferred = preference.compactMap { wanted in named.first { $0.0 == wanted } }
        return preferred + named.filter { !preference.contains($0.0) }
    }

    private func refusal(_ schemes: [String], _ operation: String) -> AWSError {
        let what =
            switch schemes.first {
            case "sigv4a": "SigV4a (multi-region access points and endpoints)"
            case "sigv4-s3express": "sessions of S3 Express One Zone (directory buckets)"
            default: "\"\(schemes.joined(separator: ", "))\""
            }
        return AWSError(
            .invalidInput, code: "UnsupportedSignature",
            message: "\(metadata.serviceID).\(operation) is to be signed by \(what), which Cove does not speak; "
                + "use the AWS CLI for it")
    }
}
