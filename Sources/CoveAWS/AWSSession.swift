// SPDX-License-Identifier: Apache-2.0

/// An identity with its settings and connections: where clients of AWS services come from.
///
/// Sessions of many accounts share one transport, and with it one pool of connections, and what is known of services.
public struct AWSSession: Sendable {
    /// The settings.
    public let configuration: AWSConfiguration
    /// Whose requests these are.
    public let credentialProvider: any CredentialProvider
    /// What carries the requests.
    package let transport: any HTTPTransport
    /// The models of services.
    package let models: ModelStore
    /// Operations of AWS STS, at the endpoint of the configuration's region.
    public let sts: STSClient
    /// Operations of AWS Organizations.
    public let organizations: OrganizationsClient

    private let registry: CallRegistry
    private let userAgent: String
    private let environment: CallEnvironment

    /// What requests say of who sends them.
    package static let userAgent = "cove/0.1.0 lang/swift"

    /// Makes a session with a transport of its own, which ends with the last session that uses it.
    ///
    /// - Parameter modelFolders: the folders of service models, as botocore ships them (its `data`); without them only
    ///   `sts` and `organizations` can be called.
    /// - Throws: `AWSError` when the configuration's endpoint or region is not usable.
    public init(
        configuration: AWSConfiguration, credentials: any CredentialProvider, modelFolders: [String] = []
    ) throws {
        try self.init(
            configuration: configuration, credentials: credentials,
            transport: CurlTransport(TransportConfiguration(configuration)),
            models: ModelStore(folders: modelFolders))
    }

    /// Makes a session over a transport that exists.
    package init(
        configuration: AWSConfiguration, credentials: any CredentialProvider, transport: any HTTPTransport,
        models: ModelStore = ModelStore(folders: []), userAgent: String = AWSSession.userAgent,
        environment: CallEnvironment = .live
    ) throws {
        try self.init(
            configuration, credentials, transport, models, CallRegistry(models, configuration), userAgent, environment)
    }

    private init(
        _ configuration: AWSConfiguration, _ credentials: any CredentialProvider, _ transport: any HTTPTransport,
        _ models: ModelStore, _ registry: CallRegistry, _ userAgent: String, _ environment: CallEnvironment
    ) throws {
        self.configuration = configuration
        self.transport = transport
        self.models = models
        self.registry = registry
        self.userAgent = userAgent
        self.environment = environment
        credentialProvider = credentials
        sts = STSClient(
            Self.pipeline("STS", configuration, credentials, transport, registry, userAgent, environment),
            endpoint: try registry.stsEndpoint(region: configuration.region))
        organizations = OrganizationsClient(
            Self.pipeline("Organizations", configuration, credentials, transport, registry, userAgent, environment),
            endpoint: try registry.organizationsEndpoint(region: configuration.region))
    }

    private static func pipeline(
        _ serviceID: String, _ configuration: AWSConfiguration, _ credentials: any CredentialProvider,
        _ transport: any HTTPTransport, _ registry: CallRegistry, _ userAgent: String, _ environment: CallEnvironment
    ) -> CallPipeline {
        CallPipeline(
            transport: transport, credentials: credentials, signer: registry.signer,
            policy: RetryPolicy(configuration, serviceID: serviceID), settings: configuration.services,
            userAgent: userAgent, environment: environment)
    }

    /// A client of a service.
    ///
    /// - Parameters:
    ///   - service: the service's name as boto3 and the AWS CLI have it: `iam`, `ec2`, `s3`.
    ///   - region: the region; nil for the configuration's.
    /// - Throws: `AWSError` (`.invalidInput`): `UnknownService` with the nearest names, `NoModels`, `NoRegion`,
    ///   `InvalidRegion`.
    public func client(_ service: String, region: String? = nil) throws -> AWSClient {
        try client(service, credentials: credentialProvider, region: region)
    }

    /// A client of a service for another identity: what `with(credentials:region:)` and `client` do, without a session.
    package func client(
        _ service: String, credentials: any CredentialProvider, region: String?
    ) throws -> AWSClient {
        let calls = try registry.calls(service, region: region ?? configuration.region)
        let serviceID = calls.service.model.metadata.serviceID
        return AWSClient(
            calls, Self.pipeline(serviceID, configuration, credentials, transport, registry, userAgent, environment))
    }

    /// A client of the STS endpoint of another region: opt-in regions refuse the tokens of others.
    public func sts(region: String) throws -> STSClient {
        STSClient(
            Self.pipeline("STS", configuration, credentialProvider, transport, registry, userAgent, environment),
            endpoint: try registry.stsEndpoint(region: region))
    }

    /// A session of another identity over the same transport.
    ///
    /// - Parameter region: the region of the new session; nil for this one's.
    public func with(credentials: any CredentialProvider, region: String? = nil) throws -> AWSSession {
        var configuration = configuration
        if let region { configuration.region = region }
        return try AWSSession(configuration, credentials, transport, models, registry, userAgent, environment)
    }
}
