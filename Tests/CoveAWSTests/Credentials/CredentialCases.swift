// SPDX-License-Identifier: Apache-2.0

/// An environment with its files, whose credentials are looked for by botocore and by Cove.
struct CredentialCase: Sendable {
    var name: String
    var environment: [String: String] = [:]
    var config: String?
    var credentials: String?
    var profile: String?
    /// The code of Cove's error, which stands for botocore's error of the same meaning.
    var error: String?
    /// Why Cove refuses where botocore goes on.
    var difference: String?

    init(
        _ name: String, _ environment: [String: String] = [:], config: String? = nil, credentials: String? = nil,
        profile: String? = nil, error: String? = nil, difference: String? = nil
    ) {
        self.name = name
        self.environment = environment
        self.config = config
        self.credentials = credentials
        self.profile = profile
        self.error = error
        self.difference = difference
    }

    var files: [String: String] {
        var files: [String: String] = [:]
        files[".aws/config"] = config
        files[".aws/credentials"] = credentials
        return files
    }

    private static let keys = ["AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "secret-of-env"]
    private static let credentialsFile = """
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key = secret-of-default
        [base]
        aws_access_key_id = AKIABASE
        aws_secret_access_key = secret-of-base
        aws_session_token = token-of-base
        """
    private static func process(_ access: String) -> String {
        #"""
        printf '{"Version": 1, "AccessKeyId": "\#(access)", "SecretAccessKey": "secret-of-process"}'
        """#
    }

    static let all: [CredentialCase] = environment + files + processes + roles + brokenRoles

    private static let environment: [CredentialCase] = [
        .init("nothing", error: "NoCredentials"),
        .init("keys in the environment", keys),
        .init("a token", keys.merging(["AWS_SESSION_TOKEN": "t"]) { $1 }),
        .init(
            "an old token before a new one", keys.merging(["AWS_SESSION_TOKEN": "t", "AWS_SECURITY_TOKEN": "o"]) { $1 }),
        .init("an empty old token", keys.merging(["AWS_SESSION_TOKEN": "t", "AWS_SECURITY_TOKEN": ""]) { $1 }),
        .init("a key with an end", keys.merging(["AWS_CREDENTIAL_EXPIRATION": "2100-01-01T00:00:00Z"]) { $1 }),
        .init(
            "a key that has ended", keys.merging(["AWS_CREDENTIAL_EXPIRATION": "2001-01-01T00:00:00Z"]) { $1 },
            error: "ExpiredCredentials"),
        .init("no secret", ["AWS_ACCESS_KEY_ID": "AKIAENV"], credentials: credentialsFile, error: "PartialCredentials"),
        .init("a secret alone", ["AWS_SECRET_ACCESS_KEY": "x"], credentials: credentialsFile),
        .init("an empty access key", ["AWS_ACCESS_KEY_ID": ""], credentials: credentialsFile),
        .init("keys before AWS_PROFILE", keys.merging(["AWS_PROFILE": "base"]) { $1 }, credentials: credentialsFile),
        .init("a profile argument before keys", keys, credentials: credentialsFile, profile: "base"),
        .init(
            "a profile argument without credentials", keys, config: "[profile x]\na = b", profile: "x",
            error: "NoCredentials"),
    ]

    private static let files: [CredentialCase] = [
        .init("the credentials file", credentials: credentialsFile),
        .init("a profile of it", ["AWS_PROFILE": "base"], credentials: credentialsFile),
        .init("the config file", config: "[default]\naws_access_key_id = A\naws_secret_access_key = B"),
        .init(
            "the credentials file before the config file",
            config: "[default]\naws_access_key_id = A\naws_secret_access_key = B",
            credentials: credentialsFile),
        .init(
            "upper case and an old token",
            config:
                "[default]\nAWS_ACCESS_KEY_ID = A\nAWS_SECRET_ACCESS_KEY = B\naws_session_token = n\naws_security_token = o"
        ),
        .init(
            "no secret in the credentials file", credentials: "[default]\naws_access_key_id = A",
            error: "PartialCredentials"),
        .init("no secret in the config file", config: "[default]\naws_access_key_id = A", error: "PartialCredentials"),
        .init(
            "no secret in the credentials file, but in the config file", config: "[default]\naws_secret_access_key = B",
            credentials: "[default]\naws_access_key_id = A", error: "PartialCredentials"),
        .init("a secret without a key", credentials: "[default]\naws_secret_access_key = A", error: "NoCredentials"),
        .init(
            "an empty key", credentials: "[default]\naws_access_key_id =\naws_secret_access_key = B",
            error: "InvalidCredentialConfiguration", difference: "botocore signs with an empty key"),
        .init(
            "a section named like a config profile", ["AWS_PROFILE": "base"],
            credentials: "[profile base]\naws_access_key_id = A", error: "ProfileNotFound"),
    ]

    private static let processes: [CredentialCase] = [
        .init("a process", config: "[default]\ncredential_process = \(process("AKIAPROCESS"))"),
        .init(
            "a process in the credentials file",
            credentials: "[default]\ncredential_process = \(process("AKIAPROCESS"))"),
        .init(
            "the credentials file before a process",
            config: "[default]\ncredential_process = \(process("AKIAPROCESS"))",
            credentials: credentialsFile),
        .init(
            "a process before the config file's key",
            config:
                "[default]\naws_access_key_id = A\naws_secret_access_key = B\ncredential_process = \(process("AKIAPROCESS"))"
        ),
        .init("a process that fails", config: "[default]\ncredential_process = false", error: "CredentialRetrieval"),
        .init(
            "a process that is missing", config: "[default]\ncredential_process = /nonexistent/x",
            error: "CredentialRetrieval"),
        .init("a process without output", config: "[default]\ncredential_process = true", error: "CredentialRetrieval"),
        .init(
            "a process of version 2", config: #"[default]\#ncredential_process = printf '{"Version": 2}'"#,
            error: "CredentialRetrieval"),
        .init(
            "a process without version", config: "[default]\ncredential_process = printf '{}'",
            error: "CredentialRetrieval"),
        .init(
            "a process without a key", config: #"[default]\#ncredential_process = printf '{"Version": 1}'"#,
            error: "CredentialRetrieval"),
        .init("an empty process", config: "[default]\ncredential_process =", error: "InvalidCredentialConfiguration"),
        .init(
            "an open quote", config: "[default]\ncredential_process = echo 'x", error: "InvalidCredentialConfiguration"),
        .init(
            "no shell", config: #"[default]\#ncredential_process = echo '{}' | cat"#, error: "CredentialRetrieval"),
    ]

    private static let roles: [CredentialCase] = [
        .init(
            "a role", config: "[default]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = base",
            credentials: "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s"),
        .init(
            "a role with everything",
            config: """
                [profile a]
                role_arn = arn:aws:iam::111111111111:role/path/A
                source_profile = base
                role_session_name = me@example
                external_id = e-1
                duration_seconds = 1800
                """, credentials: credentialsFile, profile: "a"),
        .init(
            "three roles",
            config: """
                [profile a]
                role_arn = arn:aws:iam::111111111111:role/A
                source_profile = b
                [profile b]
                role_arn = arn:aws:iam::111111111111:role/B
                source_profile = c
                external_id = e-b
                [profile c]
                role_arn = arn:aws:iam::111111111111:role/C
                source_profile = base
                """, credentials: credentialsFile, profile: "a"),
        .init(
            "a role before the profile's own keys",
            config: "[default]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = base",
            credentials: credentialsFile),
        .init(
            "a profile that is its own source",
            config: "[default]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = default",
            credentials: credentialsFile),
        .init(
            "a source whose keys end the chain",
            config: """
                [default]
                role_arn = arn:aws:iam::111111111111:role/A
                source_profile = b
                [profile b]
                role_arn = arn:aws:iam::111111111111:role/B
                source_profile = default
                aws_access_key_id = AKIAB
                aws_secret_access_key = s
                """),
        .init(
            "a source with a process",
            config: """
                [default]
                role_arn = arn:aws:iam::111111111111:role/A
                source_profile = b
                [profile b]
                credential_process = \(process("AKIAPROCESS"))
                """),
        .init(
            "the environment as the source", keys,
            config: "[profile a]\nrole_arn = arn:aws:iam::111111111111:role/A\ncredential_source = Environment",
            profile: "a"),
        .init(
            "the environment in lower case", keys,
            config: "[profile a]\nrole_arn = arn:aws:iam::111111111111:role/A\ncredential_source = environment",
            profile: "a",
            error: "InvalidCredentialConfiguration"),
        .init(
            "keys in the environment before a role", keys,
            config: "[default]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = base",
            credentials: credentialsFile),
        .init(
            "a role in the credentials file",
            credentials: credentialsFile + "\n[r]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = base",
            profile: "r"),
    ]

    private static let brokenRoles: [CredentialCase] = [
        .init(
            "no source", config: "[default]\nrole_arn = arn:aws:iam::111111111111:role/A", error: "PartialCredentials"),
        .init(
            "two sources",
            config: "[default]\nrole_arn = a\nsource_profile = b\ncredential_source = Environment\n[profile b]",
            error: "InvalidCredentialConfiguration"),
        .init(
            "a source that is missing", config: "[default]\nrole_arn = a\nsource_profile = b",
            error: "InvalidCredentialConfiguration"),
        .init(
            "a source without credentials",
            config: "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nregion = x-1",
            error: "InvalidCredentialConfiguration"),
        .init(
            "a source that does not take the environment's keys", keys,
            config: "[profile a]\nrole_arn = a\nsource_profile = b\n[profile b]\nregion = x-1", profile: "a",
            error: "InvalidCredentialConfiguration"),
        .init(
            "an endless loop",
            config: "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\nrole_arn = b\nsource_profile = default",
            error: "InvalidCredentialConfiguration"),
        .init(
            "an endless loop with one profile", config: "[default]\nrole_arn = a\nsource_profile = default",
            error: "InvalidCredentialConfiguration"),
        .init(
            "an endless loop over a profile that has keys",
            config: """
                [default]
                role_arn = a
                source_profile = b
                aws_access_key_id = A
                aws_secret_access_key = B
                [profile b]
                role_arn = b
                source_profile = default
                """, error: "InvalidCredentialConfiguration"),
        .init(
            "an unknown source", config: "[default]\nrole_arn = a\ncredential_source = Moon",
            error: "InvalidCredentialConfiguration"),
        .init(
            "an environment without keys", config: "[default]\nrole_arn = a\ncredential_source = Environment",
            error: "CredentialRetrieval"),
        .init(
            "a duration that is no number",
            config:
                "[default]\nrole_arn = arn:aws:iam::111111111111:role/A\nsource_profile = base\nduration_seconds = 1h",
            credentials: credentialsFile, error: "InvalidCredentialConfiguration",
            difference: "botocore leaves the duration out"),
        .init(
            "a source without a secret",
            config: "[default]\nrole_arn = a\nsource_profile = b\n[profile b]\naws_access_key_id = A",
            error: "PartialCredentials"),
    ]
}
