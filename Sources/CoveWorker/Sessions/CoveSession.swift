// SPDX-License-Identifier: Apache-2.0

public import CoveAWS
public import CoveCore

/// What a function is given: credentials of the assumed role, the region, and what is known of the account.
public struct CoveSession: Sendable {
    /// The run that the function is called by.
    public let run: RunID
    /// The account that the role belongs to, and what Organizations says of it.
    public var account: Account { information.account }
    /// The region to work in; nil where the run names none and the caller has no default.
    public var region: RegionName? { information.region }
    /// The partition of the account, `aws`.
    public var partition: String { information.partition ?? "aws" }
    /// The role that was assumed, and how it was asked for.
    public var role: RoleSpecification { information.role }

    /// The fifteen keys of botocove's session information as a JSON object; `null` where there is no value.
    public var sessionInformation: JSONText { information.json }

    /// The fifteen keys of botocove's session information, typed.
    public let information: SessionInformation
    let initialCredentials: Credentials
    private let provider: any CredentialProvider
    private let caller: AWSSession

    init(
        run: RunID, information: SessionInformation, initialCredentials: Credentials,
        provider: any CredentialProvider, aws caller: AWSSession
    ) {
        self.run = run
        self.information = information
        self.initialCredentials = initialCredentials
        self.provider = provider
        self.caller = caller
    }

    /// Credentials of the assumed role that are valid now; a role session that is about to end is renewed first.
    ///
    /// - Throws: `AWSError` when the role cannot be assumed again; `CancellationError` when the lease of the attempt is over, so that
    ///   nothing may be done for it any more.
    public func credentials() async throws -> Credentials { try await provider.credentials() }

    /// An AWS session with these credentials in this region, over the connections that all accounts share.
    ///
    /// - Throws: `AWSError` when the services' endpoints in that region are not known.
    public func aws() throws -> AWSSession { try caller.with(credentials: provider, region: region?.rawValue) }

    /// A client of an AWS service with these credentials, in this region: `try session.client("iam").listUsers()`.
    ///
    /// - Throws: `AWSError` when there is no such service, or the models of services are not on this machine.
    public func client(_ service: String) throws -> AWSClient {
        try caller.client(service, credentials: provider, region: region?.rawValue)
    }

    /// The models of services that are on this machine.
    var models: ModelStore { caller.models }
}
