// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The endpoint tests that botocore's source distribution holds: of every service, and of the rules engine itself.
@Suite(.enabled(if: BotocoreSource.folder != nil, "COVE_BOTOCORE does not name botocore's source distribution"))
struct EndpointRulesSuiteTests {
    @Test func `every endpoint test of every service comes out as it says`() throws {
        var services = 0
        var cases = 0
        for service in try Self.names(in: "tests/functional/endpoint-rules") {
            let suite = try BotocoreSource.json("tests/functional/endpoint-rules/\(service)/endpoint-tests-1.json")
            let rules = try EndpointRuleset(try BotocoreSource.rules(of: service))
            cases += try check(suite, rules, service)
            services += 1
        }
        SuiteCount.tell("endpoint-rules/services", run: services)
        SuiteCount.tell("endpoint-rules/cases", run: cases)
    }

    @Test func `every test of the rules engine comes out as it says`() throws {
        let folder = "tests/unit/data/endpoints"
        let ruleFiles = try Self.names(in: "\(folder)/valid-rules")
        var rulesets: [String: EndpointRuleset] = [:]
        for file in ruleFiles {
            rulesets[file] = try EndpointRuleset(try BotocoreSource.bytes("\(folder)/valid-rules/\(file)"))
        }
        SuiteCount.tell("endpoints/valid-rules", run: rulesets.count)
        var cases = 0
        for file in try Self.names(in: "\(folder)/test-cases") {
            let rules = try #require(rulesets[file], "\(file) has no rules")
            cases += try check(try BotocoreSource.json("\(folder)/test-cases/\(file)"), rules, file)
        }
        SuiteCount.tell("endpoints/test-cases", run: cases)
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(try #require(BotocoreSource.folder))/\(folder)").sorted()
    }

    /// Checks every case of a suite, and returns how many they are.
    private func check(_ suite: AWSValue, _ rules: EndpointRuleset, _ name: String) throws -> Int {
        let cases = try #require(suite["testCases"].list, "\(name) has no cases")
        for testCase in cases { compare(testCase, rules, "\(name): \(testCase["documentation"].string ?? "?")") }
        return cases.count
    }

    private func compare(_ testCase: AWSValue, _ rules: EndpointRuleset, _ title: String) {
        var parameters: [String: AWSValue] = [:]
        for member in testCase["params"].structure ?? AWSMembers() { parameters[member.name] = member.value }
        let expected = testCase["expect"]
        do {
            let endpoint = try rules.resolve(parameters)
            #expect(endpoint.url == expected["endpoint"]["url"].string, "\(title)")
            let properties = expected["endpoint"]["properties"]
            #expect(endpoint.properties.isSame(as: properties.isNull ? [:] : properties), "\(title)")
            let headers = expected["endpoint"]["headers"].structure ?? AWSMembers()
            #expect(endpoint.headers.count == headers.count, "\(title)")
            for header in headers {
                #expect(endpoint.headers[header.name] == header.value.list?.compactMap(\.string), "\(title)")
            }
        } catch let error as AWSError {
            #expect(error.message == expected["error"].string, "\(title)")
        } catch {
            Issue.record("\(title): \(error)")
        }
    }
}
