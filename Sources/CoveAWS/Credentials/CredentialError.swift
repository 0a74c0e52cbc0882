// SPDX-License-Identifier: Apache-2.0

/// The ways in which credentials cannot be had, in botocore's wording where it has one.
///
/// None of these messages holds a value of a key, a token or a program's output.
extension AWSError {
    /// A source holds a part of a key only.
    static func partialCredentials(provider: String, missing: String, place: String) -> AWSError {
        AWSError(
            .credentials, code: "PartialCredentials",
            message: "Partial credentials found in \(provider), missing: \(missing) (\(place))")
    }

    /// The configuration of a source contradicts itself or names what is not there.
    static func invalidCredentialConfiguration(_ message: String) -> AWSError {
        AWSError(.credentials, code: "InvalidCredentialConfiguration", message: message)
    }

    /// A source was asked and gave none.
    static func credentialRetrieval(provider: String, _ reason: String, isRetryable: Bool = false) -> AWSError {
        AWSError(
            .credentials, code: "CredentialRetrieval",
            message: "Error when retrieving credentials from \(provider): \(reason)", isRetryable: isRetryable)
    }

    /// A source is configured that this version does not know; another identity must not act in its place.
    static func unsupportedCredentialSource(_ source: String, place: String) -> AWSError {
        AWSError(
            .credentials, code: "UnsupportedCredentialSource",
            message:
                "\(place) asks for credentials from \(source), which this version does not support; use a static key, "
                + "a role with source_profile, or credential_process (`aws configure export-credentials --format process` "
                + "is one for every source that the AWS CLI knows)")
    }
}
