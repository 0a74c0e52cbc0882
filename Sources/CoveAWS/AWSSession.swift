// SPDX-License-Identifier: Apache-2.0

/// An identity with its settings and connections: where clients of AWS services come from.
///
/// Sessions of many accounts share one transport, and with it one pool of connections.
public struct AWSSession: Sendable {
    /// The settings.
    public let configuration: AWSConfiguration
    /// Whose requests these are.
    public let credentialProvider: any CredentialProvider
    /// What carries the requests.
    package let transport: any HTTPTransport
    /// Operations of AWS STS, at the endpoint of the configuration's region.
    public let sts: STSClient
    /// Operations of AWS Organizations.
    public let organizations: OrganizationsClient

    private let userAgent: String
    private let environment: CallEnvironment

    /// What requests say of who sends them.
    package static let userAgent = "cove/0.1.0 lang/swift"

    /// Makes a session with a transport of its own, which ends with the last session that uses it.
    ///
    /// Throws `AWSError` when the configuration's endpoint or region is not usable.
    public init(configuration: AWSConfiguration, credentials: any CredentialProvider) throws {
        try self.init(
            configuration: configuration, credentials: credentials,
            transport: CurlTransport(TransportConfiguration(configuration)))
    }

    /// Makes a session over a transport that exists.
    package init(
        configuration: AWSConfiguration, credentials: any CredentialProvider, transport: any HTTPTransport,
        userAgent: String = AWSSession.userAgent, environment: CallEnvironment = .live
    ) throws {
        self.configuration = configuration
        self.transport = transport
        self.userAgent = userAgent
        self.environment = environment
        credentialProvider = credentials
        sts = try STSClient(
            configuration: configuration, transport: transport, credentials: credentials, userAgent: userAgent,
            environment: environment)
        organizations = try OrganizationsClient(
            configuration: configuration, transport: transport, credentials: credentials, userAgent: userAgent,
            environment: environment)
    }

    /// A client of the STS endpoint of another region: opt-in regions refuse the tokens of others.
    public func sts(region: String) throws -> STSClient {
        try STSClient(
            configuration: configuration, transport: transport, credentials: credentialProvider, region: region,
            userAgent: userAgent, environment: environment)
    }

    /// A session of another identity over the same transport.
    ///
    /// - Parameter region: the region of the new session; nil for this one's.
    public func with(credentials: any CredentialProvider, region: String? = nil) throws -> AWSSession {
        var configuration = configuration
        if let region { configuration.region = region }
        return try AWSSession(
            configuration: configuration, credentials: credentials, transport: transport, userAgent: userAgent,
            environment: environment)
    }
}
