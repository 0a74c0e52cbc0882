// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Where the calls of one service in one region go, by its endpoint rules and the user's settings.
///
/// Rules are evaluated once for each set of parameters; what they said is kept, so that the calls of thousands of accounts
/// cost a look into a table.
final class RuleEndpoints: Sendable {
    /// The region that the rules are told, `aws-global` where no region was named.
    let region: String
    /// Whether the user configured where the calls go.
    let isConfigured: Bool
    private let rules: EndpointRuleset
    private let auth: AuthSchemes
    /// The values that no call changes, by parameter.
    private let fixed: [String: AWSValue]
    private let isAnyContextual: Bool
    private let adjust: Adjustment?
    private let known = Mutex<[Key: CallEndpoint]>([:])

    /// How many endpoints are kept: buckets make many.
    private static let limit = 1_024

    /// What the rules are told otherwise for a call, by parameter.
    typealias Adjustment = @Sendable (OperationModel, AWSMembers) -> [String: AWSValue]

    private struct Key: Hashable {
        var auth: OperationModel.Auth
        var parameters: AWSMembers
    }

    /// Endpoints by the rules of a service.
    ///
    /// - Parameters:
    ///   - region: the region of signatures and rules; `aws-global` for a global service without a region.
    ///   - signingRegion: the region of signatures where the rules name none; nil for the region.
    ///   - adjust: changes the rules' parameters for a call, where a service needs that.
    init(
        _ service: ModelStore.Service, configuration: AWSConfiguration, region: String,
        signingRegion: String? = nil, adjust: Adjustment? = nil
    ) {
        rules = service.endpoints
        self.region = region
        self.adjust = adjust
        auth = AuthSchemes(
            service.model.metadata, region: region, signingRegion: signingRegion,
            preference: configuration.services.authSchemePreference,
            token: configuration.services.bearerTokens[service.model.metadata.signingName])
        let builtIns = EndpointBuiltIns(configuration, service.model.metadata, region: region)
        isConfigured = builtIns.values["SDK::Endpoint"] != nil
        var fixed: [String: AWSValue] = [:]
        for parameter in rules.parameters {
            if let value = parameter.builtIn.flatMap({ builtIns.values[$0] }) { fixed[parameter.name] = value }
        }
        self.fixed = fixed
        isAnyContextual = rules.parameters.contains { $0.builtIn == nil } || adjust != nil
    }

    /// The endpoint of a call.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) with the rules' own text when they refuse, or when no way of signing is known.
    func endpoint(_ operation: OperationModel, _ input: AWSMembers) throws -> CallEndpoint {
        let key = Key(auth: operation.auth, parameters: isAnyContextual ? context(operation, input) : AWSMembers())
        if let endpoint = known.withLock({ $0[key] }) { return endpoint }
        var parameters = fixed
        for member in key.parameters { parameters[member.name] = member.value }
        let resolved = try rules.resolve(parameters)
        let endpoint = CallEndpoint(
            origin: try HTTPOrigin(resolved.url),
            auth: try auth.choose(operation.auth, resolved.properties["authSchemes"], operation: operation.name),
            headers: resolved.headers.sorted { $0.key < $1.key }.compactMap { name, values in
                values.first.map { HeaderFields.Field(name: name.lowercased(), value: $0) }
            })
        known.withLock { known in
            if known.count >= Self.limit { known = [:] }
            known[key] = endpoint
        }
        return endpoint
    }

    /// What the call itself tells the rules: the operation's own values, members of its input.
    private func context(_ operation: OperationModel, _ input: AWSMembers) -> AWSMembers {
        var values: [String: AWSValue] = [:]
        for (name, path) in operation.operationContext {
            if let value = try? path.search(.structure(input)), !value.isNull { values[name] = value }
        }
        for (name, parameter) in operation.contextMembers {
            if let value = input[name], !value.isNull { values[parameter] = value }
        }
        for member in operation.staticContext { values[member.name] = member.value }
        if let adjust { values.merge(adjust(operation, input)) { _, adjusted in adjusted } }
        var members = AWSMembers()
        for parameter in rules.parameters { members[parameter.name] = values[parameter.name] }
        return members
    }
}
