// SPDX-License-Identifier: Apache-2.0

/// What a profile with `role_arn` amounts to: the credentials to begin with, and the roles to assume one after the other.
///
/// The profile is read first and run later, so that every mistake in it is told before anything is called.
struct ProfileChain: Sendable, Equatable {
    /// Where the first credentials come from.
    enum Base: Sendable, Equatable {
        /// The profile of this name, which has credentials of its own.
        case profile(String)
        /// The environment's variables.
        case environment
    }

    /// A role and how to assume it.
    struct Role: Sendable, Equatable {
        var profileName: String
        var roleARN: String
        var sessionName: String?
        var externalID: String?
        var durationSeconds: Int?
    }

    var base: Base
    /// The roles in the order in which they are assumed.
    var roles: [Role]

    /// Follows `source_profile` from a profile that has `role_arn` to the one that has credentials, by botocore's rules: a
    /// source with static keys ends the chain whatever else it says; a profile may be its own source when it has static
    /// keys; every other return to a profile is an endless loop.
    init(profile first: String, shared: SharedConfiguration) throws {
        var name = first
        var visited = [first]
        var roles: [Role] = []
        while true {
            let reader = RoleProfile(name: name, profile: shared.profiles[name] ?? Profile())
            roles.insert(try reader.role(), at: 0)
            switch try reader.source() {
            case .named(let source):
                base = try reader.base(of: source)
                self.roles = roles
                return
            case .profile(let source):
                let profile = try reader.sourceProfile(source, visited: visited, shared: shared)
                visited.append(source)
                if profile.hasStaticKey || !profile.assumesRole {
                    base = .profile(source)
                    self.roles = roles
                    return
                }
                name = source
            }
        }
    }
}

/// A profile with `role_arn`, and the messages about it.
private struct RoleProfile {
    enum Source {
        case profile(String)
        case named(String)
    }

    var name: String
    var profile: Profile

    func role() throws -> ProfileChain.Role {
        guard let arn = profile["role_arn"], !arn.isEmpty else {
            throw AWSError.invalidCredentialConfiguration("The role_arn of profile \"\(name)\" is empty")
        }
        if let serial = profile["mfa_serial"] {
            throw AWSError(
                .credentials, code: "UnsupportedCredentialSource",
                message:
                    "The profile \"\(name)\" asks for an MFA code (mfa_serial \(serial)), which this version does not "
                    + "support; assume the role with the AWS CLI and pass its credentials in the environment")
        }
        return ProfileChain.Role(
            profileName: name, roleARN: arn, sessionName: profile["role_session_name"],
            externalID: profile["external_id"], durationSeconds: try duration())
    }

    private func duration() throws -> Int? {
        guard let text = profile["duration_seconds"] else { return nil }
        guard let seconds = Int(text), seconds > 0 else {
            throw AWSError.invalidCredentialConfiguration(
                "duration_seconds of profile \"\(name)\" is '\(text.prefix(40))'; expected seconds from 900 to 43200")
        }
        return seconds
    }

    func source() throws -> Source {
        switch (profile["source_profile"], profile["credential_source"]) {
        case (let source?, nil): return .profile(source)
        case (nil, let source?): return .named(source)
        case (nil, nil):
            throw AWSError.partialCredentials(
                provider: "assume-role", missing: "source_profile or credential_source", place: "profile \(name)")
        case (_?, _?):
            throw AWSError.invalidCredentialConfiguration(
                "The profile \"\(name)\" contains both source_profile and credential_source.")
        }
    }

    /// The base that `credential_source` names; the case of letters counts.
    func base(of source: String) throws -> ProfileChain.Base {
        switch source {
        case "Environment": return .environment
        case "Ec2InstanceMetadata", "EcsContainer":
            throw AWSError.unsupportedCredentialSource(source, place: "The credential_source of profile \"\(name)\"")
        default:
            throw AWSError.invalidCredentialConfiguration(
                "The credential source \"\(source)\" referenced in profile \"\(name)\" is not valid.")
        }
    }

    func sourceProfile(_ source: String, visited: [String], shared: SharedConfiguration) throws -> Profile {
        guard let profile = shared.profiles[source] else {
            throw AWSError.invalidCredentialConfiguration(
                "The source_profile \"\(source)\" referenced in the profile \"\(name)\" does not exist.")
        }
        guard visited.contains(source), source != name || !profile.hasStaticKey else { return profile }
        throw AWSError.invalidCredentialConfiguration(
            "Infinite loop in credential configuration detected. Attempting to load from profile \(source) which has "
                + "already been visited. Visited profiles: \(visited.joined(separator: ", "))")
    }
}
