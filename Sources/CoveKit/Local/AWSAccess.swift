// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import FoundationEssentials

/// The caller's way to AWS: settings, credentials and connections, found as boto3 finds them.
struct AWSAccess: Sendable {
    /// The session that reads the organization and assumes the roles.
    let session: AWSSession
    /// The region of functions that are not given one.
    let defaultRegion: RegionName?

    /// Credentials that somebody else has found, and the region that goes with them.
    struct Caller: Sendable {
        var credentials: Credentials
        var region: String?
    }

    /// Resolves settings and credentials; no call is made yet.
    ///
    /// - Parameter caller: whose credentials to use in place of those that are found here.
    /// - Throws: `AWSError` when a setting is wrong or there are no credentials.
    init(environment: ProcessEnvironment, profile: String?, caller: Caller? = nil) throws {
        var configuration = try AWSConfiguration.resolve(
            environment: environment.variables, profile: profile, region: caller?.region)
        // Roles are assumed from many slots at once, and STS throttles by account: boto's three attempts are for one caller.
        if environment.variables["AWS_MAX_ATTEMPTS"] == nil {
            configuration.maxAttempts = max(configuration.maxAttempts, 5)
        }
        let transport = try CurlTransport(TransportConfiguration(configuration))
        let resolved = configuration
        let credentials: any CredentialProvider
        if let caller {
            credentials = StaticCredentials(caller.credentials)
        } else {
            credentials = try CredentialChain.resolve(
                environment: environment.variables, configuration: configuration
            ) { input, source in
                try await STSClient(
                    configuration: resolved, transport: transport, credentials: StaticCredentials(source)
                ).assumeRole(input).credentials
            }
        }
        session = try AWSSession(
            configuration: configuration, credentials: credentials, transport: transport,
            models: ModelStore(folders: ModelFolders(environment: environment).all))
        // Functions are in the region that this process has; the caller's is where its own calls go.
        let found =
            caller?.region == nil
            ? configuration
            : try AWSConfiguration.resolve(environment: environment.variables, profile: profile, region: nil)
        defaultRegion = found.region.flatMap { RegionName($0) }
    }
}
