// SPDX-License-Identifier: Apache-2.0

/// A place where credentials come from.
///
/// A provider throws `AWSError` when it is configured and does not work. The chain tells "not configured here" by asking
/// the configuration first, so that a broken source stops the search instead of letting another identity act.
public protocol CredentialProvider: Sendable {
    /// Credentials that are valid now.
    func credentials() async throws -> Credentials
}

/// Credentials that were given as they are.
public struct StaticCredentials: CredentialProvider {
    private let value: Credentials

    /// Provides these credentials for ever.
    public init(_ value: Credentials) { self.value = value }

    /// The credentials that were given.
    public func credentials() async throws -> Credentials { value }
}
