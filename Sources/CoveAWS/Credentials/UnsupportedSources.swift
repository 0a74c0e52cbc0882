// SPDX-License-Identifier: Apache-2.0

/// The sources of credentials that botocore knows and this version does not: naming one is an error.
enum UnsupportedSources {
    /// Refuses what comes before a profile's keys: web identity (also by variable) and SSO.
    static func refuse(beforeKeysOf profile: Profile, named name: String, variables: [String: String]) throws {
        // A variable that is set but empty hides the profile's setting, as in botocore.
        if let file = variables["AWS_WEB_IDENTITY_TOKEN_FILE"] {
            guard file.isEmpty else {
                throw AWSError.unsupportedCredentialSource(
                    "a web identity token", place: "AWS_WEB_IDENTITY_TOKEN_FILE")
            }
        } else if profile.has("web_identity_token_file"), profile["web_identity_token_file"] != "" {
            throw AWSError.unsupportedCredentialSource(
                "a web identity token", place: "web_identity_token_file of profile \(name)")
        }
        for setting in ["sso_role_name", "sso_account_id"] where profile.has(setting) {
            throw AWSError.unsupportedCredentialSource(
                "IAM Identity Center (SSO)", place: "\(setting) of profile \(name)")
        }
    }

    /// Refuses `aws login`, which comes after the credentials file's key.
    static func refuse(loginOf profile: Profile, named name: String) throws {
        guard profile.has("login_session") else { return }
        throw AWSError.unsupportedCredentialSource("`aws login`", place: "login_session of profile \(name)")
    }

    /// Refuses what comes after the profile: the old files of EC2's tools and of boto, a container's endpoint.
    static func refuse(afterProfileIn environment: [String: String]) throws {
        let sources = [
            ("AWS_CREDENTIAL_FILE", "a file of the old EC2 tools"),
            ("BOTO_CONFIG", "a configuration file of boto 2"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "a container's credential endpoint"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "a container's credential endpoint"),
        ]
        for (variable, source) in sources where environment[variable] != nil {
            throw AWSError.unsupportedCredentialSource(source, place: variable)
        }
    }
}
