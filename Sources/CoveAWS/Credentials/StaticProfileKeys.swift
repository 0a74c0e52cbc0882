// SPDX-License-Identifier: Apache-2.0

/// A static key in a section of a shared file.
enum StaticProfileKeys {
    /// The section's key; nil when it has no `aws_access_key_id`.
    ///
    /// The token is `aws_security_token` or else
    /// `aws_session_token`.
    ///
    /// - Parameter provider: botocore's name of the file, `shared-credentials-file` or `config-file`.
    static func credentials(
        of profile: Profile?, named name: String, provider: String, file: String
    ) throws -> Credentials? {
        guard let profile, profile.has("aws_access_key_id") else { return nil }
        let place = "profile \(name) in \(file)"
        guard profile.has("aws_secret_access_key") else {
            throw AWSError.partialCredentials(provider: provider, missing: "aws_secret_access_key", place: place)
        }
        let names = ["aws_access_key_id", "aws_secret_access_key", "aws_security_token", "aws_session_token"]
        for name in names where profile.has(name) && profile[name] == nil {
            throw AWSError.invalidCredentialConfiguration(
                "\(name) of \(place) is an indented block; expected one value")
        }
        guard let accessKeyID = profile["aws_access_key_id"], let secret = profile["aws_secret_access_key"],
            !accessKeyID.isEmpty, !secret.isEmpty
        else {
            throw AWSError.invalidCredentialConfiguration("The key of \(place) is empty")
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret,
            sessionToken: profile["aws_security_token"] ?? profile["aws_session_token"])
    }
}
