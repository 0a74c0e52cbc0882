// SPDX-License-Identifier: Apache-2.0

public import struct FoundationEssentials.Date

/// Finds the credentials of a session in botocore's order, and stops at the first source that is configured.
///
/// The environment's variables (not when a profile was named by argument); the profile: `role_arn` with its source, web
/// identity, SSO, a key in the credentials file, `aws login`, `credential_process`, a key in the config file; a container's
/// address in the environment. A source that is configured and does not work is an error, and so is one that this version
/// does not support (web identity, SSO, login, containers, boto's and EC2's old files): nobody acts as somebody else because
/// of a typing mistake. Instance metadata is not asked.
public struct CredentialChain: Sendable {
    private let environment: [String: String]
    private let configuration: AWSConfiguration
    private let now: @Sendable () -> Date
    private let assumeRole: AssumeRoleCall

    /// The credentials' source; nothing is called yet, but all that can be known to be wrong is thrown.
    ///
    /// - Parameters:
    ///   - environment: the variables that `configuration` was resolved with.
    ///   - assumeRole: calls STS for profiles with `role_arn`.
    /// - Returns: a provider that renews what can be renewed and holds it meanwhile.
    /// - Throws: `AWSError` of phase `credentials`; its code is `NoCredentials` when nothing is configured anywhere.
    public static func resolve(
        environment: [String: String], configuration: AWSConfiguration,
        now: @escaping @Sendable () -> Date = { Date() },
        assumeRole: @escaping AssumeRoleCall
    ) throws -> any CredentialProvider {
        let chain = CredentialChain(
            environment: environment, configuration: configuration, now: now, assumeRole: assumeRole)
        return try chain.resolve()
    }

    private func resolve() throws -> any CredentialProvider {
        let name = configuration.profileName.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        let usesVariables = !configuration.profileIsExplicit
        if usesVariables, let variables = try EnvironmentCredentials(environment: environment, now: now) {
            return variables
        }
        if configuration.shared.profiles[name]?.assumesRole == true { return try role(of: name) }
        if let found = try profile(name, usesVariables: usesVariables) { return found }
        try UnsupportedSources.refuse(afterProfileIn: environment)
        throw noCredentials(profile: name, usesVariables: usesVariables)
    }

    /// The credentials of a profile that assumes a role.
    private func role(of name: String) throws -> any CredentialProvider {
        let chain = try ProfileChain(profile: name, shared: configuration.shared)
        var provider = try base(chain.base, of: name)
        for role in chain.roles {
            let input = AssumeRoleInput(
                roleARN: role.roleARN,
                sessionName: role.sessionName ?? "cove-session-\(Int64(now().timeIntervalSince1970))",
                externalID: role.externalID, durationSeconds: role.durationSeconds)
            provider = CredentialCache(
                AssumeRoleCredentials(input: input, source: provider, assumeRole: assumeRole), now: now)
        }
        return provider
    }

    private func base(_ base: ProfileChain.Base, of name: String) throws -> any CredentialProvider {
        switch base {
        case .environment:
            guard let variables = try EnvironmentCredentials(environment: environment, now: now) else {
                throw AWSError.credentialRetrieval(
                    provider: "Environment", "No credentials found in credential_source referenced in profile \(name)")
            }
            return variables
        case .profile(let source):
            guard let found = try profile(source, usesVariables: false) else {
                throw AWSError.invalidCredentialConfiguration(
                    "The source profile \"\(source)\" must have credentials.")
            }
            return found
        }
    }

    /// A profile's own credentials, without roles; nil when it has none.
    private func profile(_ name: String, usesVariables: Bool) throws -> (any CredentialProvider)? {
        let shared = configuration.shared
        let profile = shared.profiles[name] ?? Profile()
        try UnsupportedSources.refuse(beforeKeysOf: profile, named: name, variables: usesVariables ? environment : [:])
        let inCredentials = try StaticProfileKeys.credentials(
            of: shared.credentialsProfiles[name], named: name, provider: "shared-credentials-file",
            file: shared.credentialsPath)
        if let inCredentials { return StaticCredentials(inCredentials) }
        try UnsupportedSources.refuse(loginOf: profile, named: name)
        if profile.has("credential_process") {
            let process = try ProcessCredentials(
                command: profile["credential_process"] ?? "", profileName: name, environment: environment)
            return CredentialCache(process, now: now)
        }
        let inConfig = try StaticProfileKeys.credentials(
            of: shared.configProfiles[name], named: name, provider: "config-file", file: shared.configPath)
        return inConfig.map { StaticCredentials($0) }
    }

    private func noCredentials(profile: String, usesVariables: Bool) -> AWSError {
        let shared = configuration.shared
        let variables =
            usesVariables
            ? "AWS_ACCESS_KEY_ID is not set" : "AWS_ACCESS_KEY_ID was not looked at because a profile was named"
        let files =
            if shared.profiles[profile] != nil {
                "the profile \(profile) names none in \(shared.credentialsPath) or \(shared.configPath)"
            } else {
                "there is no profile \(profile) in \(shared.credentialsPath) or \(shared.configPath)"
            }
        return AWSError(
            .credentials, code: "NoCredentials",
            message: "Unable to locate credentials: \(variables); \(files); instance metadata is not supported by this "
                + "version. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has credentials "
                + "(AWS_PROFILE)")
    }
}
