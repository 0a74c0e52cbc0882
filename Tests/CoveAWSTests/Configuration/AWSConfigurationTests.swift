// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The fields of a configuration, as both sides tell them.
private struct ResolvedFields: Codable, Equatable {
    var region: String?
    var sts: String?
    var organizations: String?
    var caBundle: String?
    var retryMode: String?
    var maxAttempts: Int?
    var connectTimeout: Int?
    var readTimeout: Int?
    var useFIPS: Bool?
    var useDualStack: Bool?
    var stsRegionalEndpoints: String?
    var httpProxy: String?
    var httpsProxy: String?
    var noProxy: String?
    var profileName: String?
    var error: String?
    var message: String?

    init(error: any Error) {
        self.error = (error as? AWSError)?.code ?? "\(error)"
        message = (error as? AWSError)?.message
    }

    init(_ configuration: AWSConfiguration) {
        region = configuration.region
        sts = configuration.endpointURL(service: "sts")
        organizations = configuration.endpointURL(service: "organizations")
        caBundle = configuration.caBundle
        retryMode = configuration.retryMode.rawValue
        maxAttempts = configuration.maxAttempts
        connectTimeout = Int(configuration.connectTimeout.components.seconds)
        readTimeout = Int(configuration.readTimeout.components.seconds)
        useFIPS = configuration.useFIPS
        useDualStack = configuration.useDualStack
        stsRegionalEndpoints = configuration.stsRegionalEndpoints.rawValue
        httpProxy = configuration.proxies.http
        httpsProxy = configuration.proxies.https
        noProxy = configuration.proxies.noProxy
        profileName = configuration.profileName
    }
}

@Suite struct `A configuration` {
    private static let home = "/nonexistent-home"

    private func resolve(_ test: ConfigurationCase) -> ResolvedFields {
        var environment = test.environment.mapValues { $0.replacingOccurrences(of: "{HOME}", with: Self.home) }
        environment["HOME"] = Self.home
        let files = Dictionary(uniqueKeysWithValues: test.files.map { ("\(Self.home)/\($0.key)", $0.value) })
        do {
            return ResolvedFields(
                try AWSConfiguration.resolve(
                    environment: environment, profile: test.profile, region: test.region, files: .table(files)))
        } catch {
            return ResolvedFields(error: error)
        }
    }

    @Test(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
    func `is resolved as botocore resolves it`() throws {
        let cases = ConfigurationCase.all
        let answers = try BotocoreReference.answers(
            ResolvedFields.self,
            to: cases.map {
                BotocoreReference.Case(
                    kind: "configuration", environment: $0.environment, files: $0.files, profile: $0.profile,
                    region: $0.region)
            })
        #expect(answers.count == cases.count)
        var refused = 0
        for (test, expected) in zip(cases, answers) {
            var ours = resolve(test)
            if test.differences.contains("error") {
                // Exactly one of the two refuses.
                #expect((ours.error == nil) != (expected.error == nil), "\(test.name): \(ours) \(expected)")
                #expect((ours.error == nil) == test.differences.contains("accepted"), "\(test.name)")
                continue
            }
            if expected.error != nil {
                refused += 1
                #expect(ours.error != nil, "\(test.name): botocore says \(expected.message ?? "")")
                if expected.error == "ProfileNotFound" {
                    #expect(ours.error == "ProfileNotFound", "\(test.name)")
                    #expect(ours.message?.hasPrefix(expected.message ?? "?") == true, "\(test.name)")
                }
                continue
            }
            if test.differences.contains("region") {
                #expect(ours.region != nil && expected.region == nil, "\(test.name)")
                ours.region = nil
            }
            #expect(ours == expected, "\(test.name)")
        }
        print("configurations: \(cases.count) compared with botocore, \(refused) of them refused by both")
    }

    @Test func `tells all that is wrong at once, with the place and what was expected`() throws {
        let error = try #require(throws: AWSError.self) {
            try AWSConfiguration.resolve(
                environment: [
                    "HOME": "/h", "AWS_RETRY_MODE": "eager", "AWS_USE_FIPS_ENDPOINT": "1", "AWS_CA_BUNDLE": "",
                ],
                files: .table(["/h/.aws/config": "[default]\nmax_attempts = many\nregion =\n  a = b\n"]))
        }
        #expect(error.phase == .invalidInput)
        #expect(error.code == "InvalidConfiguration")
        #expect(
            error.message == """
                5 problems with the AWS configuration: (1) region of profile default in /h/.aws/config is an indented \
                block; expected one value; (2) AWS_CA_BUNDLE is ''; expected the path of a CA bundle file; (3) \
                AWS_RETRY_MODE is 'eager'; expected standard or legacy or adaptive; (4) max_attempts of profile default in \
                /h/.aws/config is 'many'; expected a whole number of at least 1; (5) AWS_USE_FIPS_ENDPOINT is '1'; expected true or false
                """)
    }

    @Test func `tells what is wrong with both files at once`() throws {
        let error = try #require(throws: AWSError.self) {
            try AWSConfiguration.resolve(
                environment: ["AWS_CONFIG_FILE": "c", "AWS_SHARED_CREDENTIALS_FILE": "k"],
                files: .table(["c": "[a", "k": "[a]\n[a]"]))
        }
        #expect(
            error.message == """
                2 problems with the AWS configuration: (1) Unable to parse config file: c: line 1: an option before the \
                first [section]; (2) Unable to parse config file: k: line 2: the section [a] stands twice
                """)
    }

    @Test func `names the profiles that exist when one does not`() throws {
        let error = try #require(throws: AWSError.self) {
            try AWSConfiguration.resolve(
                environment: ["HOME": "/h"], profile: "prod",
                files: .table(["/h/.aws/config": "[profile b]\n[profile a]\n[default]"]))
        }
        #expect(error.code == "ProfileNotFound")
        #expect(
            error.message == """
                The config profile (prod) could not be found in /h/.aws/config or /h/.aws/credentials; there are: a, b, \
                default
                """)
    }

    @Test func `takes AWS_REGION when nothing else names a region`() throws {
        let alone = try AWSConfiguration.resolve(environment: ["AWS_REGION": "eu-west-3"], files: .table([:]))
        #expect(alone.region == "eu-west-3")
        let other = try AWSConfiguration.resolve(
            environment: ["AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-2"], files: .table([:]))
        #expect(other.region == "eu-west-2")
    }

    @Test func `reads the files of the disk, and passes over a folder of the same name`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent(".aws/credentials"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("[default]\nregion = eu-south-1\n".utf8).write(to: folder.appendingPathComponent(".aws/config"))
        let found = try AWSConfiguration.resolve(environment: ["HOME": folder.path])
        #expect(found.region == "eu-south-1")
    }

    @Test func `never prints a key, a token or a proxy's password`() throws {
        let secret = "hunter2hunter2"
        let found = try AWSConfiguration.resolve(
            environment: [
                "HOME": "/h", "https_proxy": "http://u:\(secret)@p:1", "AWS_BEARER_TOKEN_BEDROCK": secret,
            ],
            files: .table([
                "/h/.aws/config": "[default]\naws_secret_access_key = \(secret)\naws_session_token = \(secret)",
                "/h/.aws/credentials": "[x]\naws_access_key_id = \(secret)\n",
            ]))
        var dumped = ""
        dump(found, to: &dumped)
        #expect(!dumped.contains(secret))
        #expect(!"\(found) \(String(reflecting: found))".contains(secret))
    }

    @Test func `never shows a line of a file, a URL's password or a long value in an error`() throws {
        let secret = "hunter2hunter2"
        for (config, environment) in [
            ("[default]\n\(secret)\n", [:]), ("[default]\ns3 =\n  \(secret)\n", [:]), ("\(secret) = 1", [:]),
            ("", ["AWS_ENDPOINT_URL": "http://u:\(secret)@h"]), ("[default]\nendpoint_url = \(secret)@h\n", [:]),
        ] as [(String, [String: String])] {
            let error = try #require(throws: AWSError.self) {
                try AWSConfiguration.resolve(
                    environment: environment.merging(["HOME": "/h"]) { $1 }, files: .table(["/h/.aws/config": config]))
            }
            #expect(!"\(error)".contains(secret))
        }
    }
}
