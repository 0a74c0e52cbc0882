// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import CoveAWS

/// What was called and what came out, as both sides tell it.
struct FoundCredentials: Codable, Equatable {
    struct Call: Codable, Equatable {
        var role: String
        var session: String?
        var external: String?
        var duration: Int?
        var source: String
    }

    var accessKeyID: String?
    var secretAccessKey: String?
    var sessionToken: String?
    var calls: [Call]?
    var error: String?
    var message: String?
}

/// STS as the tests have it: every role's session has keys that its name tells.
final class RecordingSTS: Sendable {
    private let recorded = Mutex<[FoundCredentials.Call]>([])

    var calls: [FoundCredentials.Call] { recorded.withLock { $0 } }

    func assumeRole(_ input: AssumeRoleInput, _ source: Credentials, now: Date) -> Credentials {
        let name = String(input.roleARN.split(separator: "/").last ?? "")
        let session = input.sessionName.hasPrefix("cove-session-") ? "(default)" : input.sessionName
        let call = FoundCredentials.Call(
            role: input.roleARN, session: session, external: input.externalID, duration: input.durationSeconds,
            source: source.accessKeyID)
        recorded.withLock { $0.append(call) }
        return Credentials(
            accessKeyID: "ASIA\(name)", secretAccessKey: "secret-of-\(name)", sessionToken: "token-of-\(name)",
            expiration: now.addingTimeInterval(3600))
    }

    /// Runs the whole chain: configuration, search, and the first credentials.
    func find(
        environment: [String: String], files: [String: String], profile: String? = nil, home: String = "/h",
        now: Date = Date(timeIntervalSince1970: 1_700_000_000)
    ) async -> FoundCredentials {
        var environment = environment
        environment["HOME"] = environment["HOME"] ?? home
        environment["PATH"] = environment["PATH"] ?? ProcessInfo.processInfo.environment["PATH"]
        let table = Dictionary(uniqueKeysWithValues: files.map { ("\(home)/\($0.key)", $0.value) })
        do {
            let configuration = try AWSConfiguration.resolve(
                environment: environment, profile: profile, files: .table(table))
            let provider = try CredentialChain.resolve(
                environment: environment, configuration: configuration, now: { now },
                assumeRole: { [self] in assumeRole($0, $1, now: now) })
            let found = try await provider.credentials()
            return FoundCredentials(
                accessKeyID: found.accessKeyID, secretAccessKey: found.secretAccessKey,
                sessionToken: found.sessionToken, calls: calls)
        } catch let error as AWSError {
            return FoundCredentials(error: error.code, message: "\(error)")
        } catch {
            return FoundCredentials(error: "\(type(of: error))", message: "\(error)")
        }
    }
}

@Suite struct `The credential chain` {
    @Test(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
    func `finds what botocore finds, by the same calls`() async throws {
        let cases = CredentialCase.all
        let answers = try BotocoreReference.answers(
            FoundCredentials.self,
            to: cases.map {
                BotocoreReference.Case(
                    kind: "credentials", environment: $0.environment, files: $0.files, profile: $0.profile)
            })
        #expect(answers.count == cases.count)
        var refused = 0
        for (test, expected) in zip(cases, answers) {
            let ours = await RecordingSTS().find(
                environment: test.environment, files: test.files, profile: test.profile)
            #expect(ours.error == test.error, "\(test.name): \(ours)")
            if let message = ours.message { expectNoSecret(in: message, test.name) }
            if test.difference != nil {
                #expect(expected.error == nil && ours.error != nil, "\(test.name): \(expected)")
            } else if let error = expected.error {
                refused += 1
                #expect(ours.error != nil, "\(test.name): botocore says \(error) \(expected.message ?? "")")
                if Self.hasBotocoresText.contains(error) {
                    #expect(
                        ours.message?.contains(expected.message ?? "?") == true, "\(test.name): \(expected)\n\(ours)")
                }
            } else {
                #expect(ours == expected, "\(test.name)")
            }
        }
        print("credentials: \(cases.count) cases compared with botocore, \(refused) of them refused by both")
    }

    private static let hasBotocoresText: Set = [
        "PartialCredentialsError", "InvalidConfigError", "NoCredentialsError", "ProfileNotFound",
    ]

    private func expectNoSecret(in text: String, _ name: String) {
        for secret in ["AKIA", "secret-of", "token-of"] { #expect(!text.contains(secret), "\(name): \(text)") }
    }

    @Test(arguments: [
        ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"], ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1"],
        ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"], ["AWS_CREDENTIAL_FILE": "/x"], ["BOTO_CONFIG": "/x"],
    ]) func `refuses a source of the environment that it does not support, by the variable's name`(
        environment: [String: String]
    ) async {
        let found = await RecordingSTS().find(environment: environment, files: [:])
        #expect(found.error == "UnsupportedCredentialSource")
        #expect(found.message?.contains(environment.keys.first ?? "?") == true)
    }

    @Test(arguments: [
        "web_identity_token_file = /t\nrole_arn = a", "sso_account_id = 1", "sso_role_name = x", "login_session = x",
        "role_arn = a\ncredential_source = Ec2InstanceMetadata", "role_arn = a\ncredential_source = EcsContainer",
        "role_arn = a\nsource_profile = keys\nmfa_serial = arn:aws:iam::1:mfa/x",
        "role_arn = a\nsource_profile = other",
    ]) func `refuses a source of a profile that it does not support, and nobody else acts`(settings: String) async {
        let config = """
            [profile p]
            \(settings)
            aws_access_key_id = AKIAOTHER
            aws_secret_access_key = secret-of-other
            [profile keys]
            aws_access_key_id = AKIAKEYS
            aws_secret_access_key = secret-of-keys
            [profile other]
            sso_account_id = 1
            """
        let found = await RecordingSTS().find(environment: [:], files: [".aws/config": config], profile: "p")
        #expect(found.error == "UnsupportedCredentialSource", "\(found)")
        expectNoSecret(in: found.message ?? "", settings)
    }

    @Test func `takes keys of the credentials file before an environment's container`() async {
        let found = await RecordingSTS().find(
            environment: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://h"],
            files: [".aws/credentials": "[default]\naws_access_key_id = A\naws_secret_access_key = B"])
        #expect(found.accessKeyID == "A")
    }

    @Test func `says where it looked when there is nothing`() async {
        let found = await RecordingSTS().find(environment: [:], files: [:])
        #expect(
            found.message == """
                NoCredentials: Unable to locate credentials: AWS_ACCESS_KEY_ID is not set; there is no profile default in \
                /h/.aws/credentials or /h/.aws/config; instance metadata is not supported by this version. Set \
                AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile that has credentials (AWS_PROFILE)
                """)
    }

    @Test func `assumes the role once while its session lasts, and the roles before it likewise`() async throws {
        let config = """
            [default]
            role_arn = arn:aws:iam::1:role/A
            source_profile = b
            [profile b]
            role_arn = arn:aws:iam::1:role/B
            source_profile = k
            [profile k]
            aws_access_key_id = K
            aws_secret_access_key = s
            """
        let environment = ["HOME": "/h"]
        let clock = TestClock()
        let configuration = try AWSConfiguration.resolve(
            environment: environment, files: .table(["/h/.aws/config": config]))
        let sts = RecordingSTS()
        let provider = try CredentialChain.resolve(
            environment: environment, configuration: configuration, now: { clock.now },
            assumeRole: { sts.assumeRole($0, $1, now: clock.now) })
        #expect(sts.calls.isEmpty)
        for _ in 0..<3 { _ = try await provider.credentials() }
        #expect(sts.calls.map(\.role) == ["arn:aws:iam::1:role/B", "arn:aws:iam::1:role/A"])
        clock.advance(by: 50 * 60)
        _ = try await provider.credentials()
        #expect(sts.calls.count == 4)
    }

    @Test func `holds no secret that prints`() throws {
        let environment = ["HOME": "/h", "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "secret-of-env"]
        let configuration = try AWSConfiguration.resolve(
            environment: environment,
            files: .table(["/h/.aws/config": "[profile p]\ncredential_process = x --password secret-of-process"]))
        for profile in [nil, "p"] {
            var configuration = configuration
            configuration.profileName = profile
            configuration.profileIsExplicit = profile != nil
            let provider = try CredentialChain.resolve(
                environment: environment, configuration: configuration, assumeRole: { _, source in source })
            var dumped = ""
            dump(provider, to: &dumped)
            expectNoSecret(in: "\(provider) \(String(reflecting: provider)) \(dumped)", profile ?? "environment")
        }
    }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time = Mutex(Date(timeIntervalSince1970: 1_700_000_000))

    var now: Date { time.withLock { $0 } }

    func advance(by seconds: Double) { time.withLock { $0 = $0.addingTimeInterval(seconds) } }
}
