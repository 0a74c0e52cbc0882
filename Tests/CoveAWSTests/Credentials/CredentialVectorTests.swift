// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["COVE_VECTORS"] != nil,
        "COVE_VECTORS names no folder of public test cases"))
struct `The published credential cases` {
    private struct TestCase: Decodable {
        struct Result: Decodable {
            struct Keys: Decodable {
                var access_key_id: String
                var secret_access_key: String
                var session_token: String?
            }
            var Ok: Keys?
            var ErrorContains: String?
        }
        var result: Result
    }

    private var folder: URL {
        URL(fileURLWithPath: ProcessInfo.processInfo.environment["COVE_VECTORS"] ?? "").appendingPathComponent(
            "credentials")
    }

    @Test func `for the default chain are met`() async throws {
        try await run("default-credential-provider-chain", CredentialVectors.defaultChain)
    }

    @Test func `for profiles are met`() async throws {
        try await run("profile-provider", CredentialVectors.profileProvider)
    }

    private func run(_ name: String, _ expectations: [String: VectorExpectation]) async throws {
        let suite = folder.appendingPathComponent(name)
        let present = try FileManager.default.contentsOfDirectory(atPath: suite.path).filter { !$0.hasPrefix(".") }
        #expect(Set(present) == Set(expectations.keys), "the list of cases and the folder differ")
        var tally = Tally(name)
        for (name, expectation) in expectations.sorted(by: { $0.key < $1.key }) {
            let test = suite.appendingPathComponent(name)
            let environment = try JSONDecoder().decode(
                [String: String].self, from: Data(contentsOf: test.appendingPathComponent("env.json")))
            let stated = try JSONDecoder().decode(
                TestCase.self, from: Data(contentsOf: test.appendingPathComponent("test-case.json"))
            ).result
            let found = await find(environment, test)
            expect(found, name, expectation) {
                #expect(found.accessKeyID == stated.Ok?.access_key_id, "\(name): \(found)")
                #expect(found.secretAccessKey == stated.Ok?.secret_access_key, "\(name)")
                #expect(found.sessionToken == stated.Ok?.session_token, "\(name)")
                #expect((found.error != nil) == (stated.ErrorContains != nil), "\(name): \(found)")
            }
            tally.count(expectation)
        }
        tally.tell()
    }

    /// Runs a case with its files, and with an STS that answers as its recorded traffic does.
    private func find(_ environment: [String: String], _ test: URL) async -> FoundCredentials {
        let root = test.appendingPathComponent("fs").standardizedFileURL.path
        var files: [String: String] = [:]
        for path in [".aws/config", ".aws/credentials"] {
            let text = try? String(contentsOfFile: "\(root)/home/\(path)", encoding: .utf8)
            files["/home/\(path)"] = text
        }
        let traffic =
            (try? String(contentsOf: test.appendingPathComponent("http-traffic.json"), encoding: .utf8)) ?? ""
        var environment = environment
        environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
        let table = files
        do {
            let configuration = try AWSConfiguration.resolve(environment: environment, files: .table(table))
            let provider = try CredentialChain.resolve(
                environment: environment, configuration: configuration,
                now: { Date(timeIntervalSince1970: 1_600_000_000) },
                assumeRole: { input, _ in
                    if let url = configuration.endpointURL(service: "sts") {
                        #expect(traffic.contains("\"\(url)"), "\(url) is not the endpoint of the recorded traffic")
                    }
                    #expect(traffic.contains("sts-fips.us-east-1.api.aws") == configuration.useFIPS)
                    #expect(configuration.useDualStack == configuration.useFIPS)
                    #expect(input.roleARN == "arn:aws:iam::123456789:role/integration-test")
                    return Credentials(
                        accessKeyID: Self.element("AccessKeyId", traffic),
                        secretAccessKey: Self.element("SecretAccessKey", traffic),
                        sessionToken: Self.element("SessionToken", traffic),
                        expiration: ExpirationTime.date(Self.element("Expiration", traffic)))
                })
            let found = try await provider.credentials()
            return FoundCredentials(
                accessKeyID: found.accessKeyID, secretAccessKey: found.secretAccessKey,
                sessionToken: found.sessionToken)
        } catch {
            return FoundCredentials(error: (error as? AWSError)?.code ?? "\(error)", message: "\(error)")
        }
    }

    private static func element(_ name: String, _ xml: String) -> String {
        guard let start = xml.firstRange(of: "<\(name)>"),
            let end = xml[start.upperBound...].firstRange(of: "</\(name)>")
        else { return "" }
        return String(xml[start.upperBound..<end.lowerBound])
    }

    @Test func `for roles are met`() async throws {
        let cases = try JSONDecoder().decode(
            [RoleCase].self, from: Data(contentsOf: folder.appendingPathComponent("assume-role-tests.json")))
        #expect(cases.map(\.docs) == CredentialVectors.assumeRole.map(\.docs), "the list of cases and the file differ")
        var tally = Tally("assume-role-tests")
        for (test, (docs, expectation)) in zip(cases, CredentialVectors.assumeRole) {
            let found = await RecordingSTS().find(
                environment: [:], files: [".aws/config": test.config], profile: test.input.selected_profile)
            expect(found, docs, expectation) {
                #expect((found.error != nil) == (test.output.Error != nil), "\(docs): \(found)")
                guard let chain = test.output.ProfileChain else { return }
                var source = chain.first?.AccessKey?.access_key_id ?? "?"
                var calls: [FoundCredentials.Call] = []
                for role in chain.compactMap(\.AssumeRole) {
                    calls.append(
                        .init(
                            role: role.role_arn, session: role.role_session_name ?? "(default)",
                            external: role.external_id,
                            source: source))
                    source = "ASIA\(role.role_arn.split(separator: "/").last ?? "")"
                }
                #expect(found.calls == calls, "\(docs)")
                #expect(found.accessKeyID == source, "\(docs)")
            }
            tally.count(expectation)
        }
        tally.tell()
    }

    private func expect(
        _ found: FoundCredentials, _ name: String, _ expectation: VectorExpectation, asStated: () -> Void
    ) {
        if let message = found.message {
            for secret in ["AKIA", "ASIA", "TESTSECRETKEY", "abc123", "bug_if_returned", "eyAiVmVyc2lvbiI6"] {
                #expect(!message.contains(secret), "\(name): \(message)")
            }
        }
        switch expectation {
        case .asStated: asStated()
        case .asBotocore(let error, let accessKeyID, _):
            #expect(found.error == error, "\(name): \(found)")
            #expect(found.accessKeyID == accessKeyID, "\(name)")
        case .notYet(_, let error): #expect(found.error == error, "\(name): \(found)")
        }
    }
}

private struct RoleCase: Decodable {
    struct Input: Decodable {
        var profiles: [String: [String: String]]
        var sso_sessions: [String: [String: String]]?
        var selected_profile: String
    }
    struct Output: Decodable {
        struct Step: Decodable {
            struct Key: Decodable {
                var access_key_id: String
            }
            struct Role: Decodable {
                var role_arn: String
                var role_session_name: String?
                var external_id: String?
            }
            var AccessKey: Key?
            var AssumeRole: Role?
        }
        var ProfileChain: [Step]?
        var Error: String?
    }
    var docs: String
    var input: Input
    var output: Output

    var config: String {
        let sections =
            input.profiles.map { ("profile \($0.key)", $0.value) }
            + (input.sso_sessions ?? [:]).map { ("sso-session \($0.key)", $0.value) }
        return sections.map { name, settings in
            "[\(name)]\n" + settings.map { "\($0.key) = \($0.value)\n" }.joined()
        }.joined()
    }
}

/// How many cases were run.
private struct Tally {
    private let name: String
    private var run = 0
    private var skipped = 0

    init(_ name: String) { self.name = name }

    mutating func count(_ expectation: VectorExpectation) {
        switch expectation {
        case .asStated, .asBotocore: run += 1
        case .notYet: skipped += 1
        }
    }

    func tell() { SuiteCount.tell("credentials/\(name)", run: run, skipped: skipped) }
}
