// SPDX-License-Identifier: Apache-2.0

/// A place where credentials come from.
///
/// A provider throws `AWSError` when it is configured and does not work. The chain tells "not configured here" by asking
/// the configuration first, so that a broken source stops the search instead of letting another identity act.
public protocol CredentialProvider: Sendable {
    /// Credentials that are valid now.
    func credentials() async throws -> Credentials
    /// Says whether others stand in the place of credentials that a service has refused as ended; those are not given again.
    func replaces(_ refused: Credentials) async -> Bool
}

extension CredentialProvider {
    /// What is asked for anew each time may be others.
    public func replaces(_ refused: Credentials) async -> Bool {
        guard let now = try? await credentials() else { return false }
        return now != refused
    }
}

/// Credentials that were given as they are.
public struct StaticCredentials: CredentialProvider {
    private let value: Credentials

    /// Provides these credentials for ever.
    public init(_ value: Credentials) { self.value = value }

    /// The credentials that were given.
    public func credentials() async throws -> Credentials { value }
}
