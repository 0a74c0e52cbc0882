// SPDX-License-Identifier: Apache-2.0

import struct FoundationEssentials.Date

/// Credentials in environment variables.
///
/// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; the token is `AWS_SECURITY_TOKEN` or else `AWS_SESSION_TOKEN`;
/// `AWS_CREDENTIAL_EXPIRATION` tells the end. As the environment does not change, credentials that ended cannot be renewed.
struct EnvironmentCredentials: CredentialProvider {
    private let value: Credentials
    private let now: @Sendable () -> Date

    /// Reads the variables; nil when `AWS_ACCESS_KEY_ID` is unset or empty.
    init?(environment: [String: String], now: @escaping @Sendable () -> Date) throws {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let accessKeyID = variable("AWS_ACCESS_KEY_ID") else { return nil }
        guard let secret = variable("AWS_SECRET_ACCESS_KEY") else {
            throw AWSError.partialCredentials(
                provider: "env", missing: "AWS_SECRET_ACCESS_KEY", place: "AWS_ACCESS_KEY_ID is set")
        }
        var expiration: Date?
        if let text = variable("AWS_CREDENTIAL_EXPIRATION") {
            guard let date = ExpirationTime.date(text) else {
                throw AWSError.invalidCredentialConfiguration(
                    "AWS_CREDENTIAL_EXPIRATION is '\(text.prefix(40))'; expected a time with zone such as "
                        + "2030-01-31T12:00:00Z")
            }
            expiration = date
        }
        value = Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret,
            sessionToken: variable("AWS_SECURITY_TOKEN") ?? variable("AWS_SESSION_TOKEN"), expiration: expiration)
        self.now = now
    }

    func credentials() async throws -> Credentials {
        guard let expiration = value.expiration, expiration <= now() else { return value }
        throw AWSError(
            .credentials, code: "ExpiredCredentials",
            message:
                "The credentials in the environment have expired (AWS_CREDENTIAL_EXPIRATION); get new ones and start again"
        )
    }
}
