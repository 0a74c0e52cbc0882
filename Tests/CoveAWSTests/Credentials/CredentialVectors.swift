// SPDX-License-Identifier: Apache-2.0

/// What becomes of one of the published cases for credential providers (those of smithy-rs).
enum VectorExpectation: Sendable, Equatable {
    /// Run: the outcome is the one that the case states.
    case asStated
    /// Run: botocore does otherwise than the case states, and so does Cove. The error's code, or the key that is found.
    case asBotocore(error: String? = nil, accessKeyID: String? = nil, reason: String)
    /// Not run: the source is of a later version. What is seen meanwhile is this error, never another identity.
    case notYet(_ source: String, error: String)
}

/// The published cases by their folder, or by their place and description in a file.
enum CredentialVectors {
    private static let sso = VectorExpectation.notYet("SSO", error: "UnsupportedCredentialSource")
    private static let container = VectorExpectation.notYet("container", error: "UnsupportedCredentialSource")
    private static let webIdentity = VectorExpectation.notYet("web identity", error: "UnsupportedCredentialSource")
    private static let metadata = VectorExpectation.notYet("instance metadata", error: "NoCredentials")
    private static let metadataRole = VectorExpectation.notYet(
        "instance metadata", error: "UnsupportedCredentialSource")
    private static let shell = VectorExpectation.asBotocore(
        error: "CredentialRetrieval", reason: "the command is a pipe, and botocore runs no shell")

    static let defaultChain: [String: VectorExpectation] = [
        "e2e_fips_and_dual_stack_sso": sso,
        "ecs_credentials": container,
        "ecs_credentials_invalid_profile": container,
        "eks_pod_identity_credentials": container,
        "eks_pod_identity_no_token_file": container,
        "environment_variables": .asStated,
        "environment_variables_blank": .asBotocore(
            accessKeyID: " ", reason: "botocore takes a key of one space; only an empty variable counts as absent"),
        "imds_config_with_no_creds": metadata,
        "imds_default_chain_error": metadata,
        "imds_default_chain_success": metadata,
        "imds_disabled": .asStated,
        "imds_no_iam_role": metadataRole,
        "imds_token_fail": metadataRole,
        "profile_name": .asStated,
        "profile_overrides_web_identity": .asStated,
        "profile_static_keys": .asStated,
        "profile_static_keys_case_insensitive": .asStated,
        "sso_no_token_file": sso,
        "sso_server_error": sso,
        "web_identity_token_env": webIdentity,
        "web_identity_token_invalid_jwt": webIdentity,
        "web_identity_token_profile": webIdentity,
    ]

    static let profileProvider: [String: VectorExpectation] = [
        "assume_role_override_global_env_url": .asStated,
        "assume_role_override_global_profile_url": .asStated,
        "assume_role_override_service_profile_url": .asStated,
        "credential_process": shell,
        "credential_process_account_id_fallback": shell,
        "credential_process_invalid": .asStated,
        "e2e_fips_and_dual_stack_sts": .asStated,
        "empty_config": .asStated,
        "invalid_config": .asStated,
        "invalid_sso_credentials_config": .asStated,
        "retry_on_error": .asStated,
        "sso_credentials": sso,
        "sso_override_global_env_url": sso,
        "sso_token": .asStated,
    ]

    /// The cases of `assume-role-tests.json` in the file's order.
    static let assumeRole: [(docs: String, expectation: VectorExpectation)] = [
        ("basic test case, a role_arn backed by a static credential", .asStated),
        ("ignore explicit credentials when source profile is specified", .asStated),
        ("load role_session_name for the AssumeRole provider", .asStated),
        ("load external id for the AssumeRole provider", .asStated),
        ("self referential profile (first load base creds, then use for the role)", .asStated),
        ("Load credentials from a credential_source", metadataRole),
        ("role_arn without source source_profile", .asStated),
        ("source profile and credential source both present", .asStated),
        ("partial credentials error (missing secret)", .asStated),
        ("partial credentials error (missing access key)", .asStated),
        ("missing credentials error (empty source profile)", .asStated),
        ("profile only contains configuration", .asStated),
        ("missing source profile", .asStated),
        ("missing root profile (should never happen in practice)", .asStated),
        ("multiple chained assume role profiles", .asStated),
        (
            "chained assume role profiles with static credentials (ignore assume role when static credentials present)",
            .asStated
        ),
        ("assume role profile infinite loop", .asStated),
        ("infinite loop with static credentials", .asStated),
        ("web identity role", webIdentity),
        ("web identity role with session name", webIdentity),
        ("web identity role", webIdentity),
        ("web identity token as source profile", webIdentity),
        ("SSO credentials profile selected", sso),
        ("invalid SSO credentials configuration: missing account ID", sso),
        ("invalid SSO credentials configuration: missing role name", sso),
        ("invalid SSO token configuration: sso_region must be in sso-session", .asStated),
        ("SSO token profile selected", .notYet("SSO token", error: "NoCredentials")),
        ("invalid SSO token configuration: sso-session not found", .asStated),
    ]
}
