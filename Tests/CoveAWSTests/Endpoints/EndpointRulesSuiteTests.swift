// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The endpoint tests of every service that botocore ships rules for (its source distribution, `tests/functional/endpoint-rules`).
@Suite(.enabled(if: BotocoreSource.folder != nil, "COVE_BOTOCORE does not name botocore's source distribution"))
struct EndpointRulesSuiteTests {
    @Test func `every endpoint test of every service comes out as it says`() throws {
        let source = try #require(BotocoreSource.folder)
        var services = 0
        var cases = 0
        for service in try FileManager.default.contentsOfDirectory(atPath: source + "/tests/functional/endpoint-rules")
            .sorted()
        {
            guard
                let suite = try? BotocoreSource.json("tests/functional/endpoint-rules/\(service)/endpoint-tests-1.json")
            else { continue }
            let rules = try EndpointRuleset(try BotocoreSource.rules(of: service))
            for testCase in suite["testCases"].list ?? [] {
                try check(testCase, rules, service)
                cases += 1
            }
            services += 1
        }
        print("endpoint rules: \(services) services, \(cases) cases, 0 skipped")
        #expect(services >= 439)
        #expect(cases >= 14_589)
    }

    private func check(_ testCase: AWSValue, _ rules: EndpointRuleset, _ service: String) throws {
        let title = "\(service): \(testCase["documentation"].string ?? "?")"
        var parameters: [String: AWSValue] = [:]
        for member in testCase["params"].structure ?? AWSMembers() { parameters[member.name] = member.value }
        let expected = testCase["expect"]
        do {
            let endpoint = try rules.resolve(parameters)
            #expect(endpoint.url == expected["endpoint"]["url"].string, "\(title)")
            let properties = expected["endpoint"]["properties"]
            if !properties.isNull { #expect(endpoint.properties.isSame(as: properties), "\(title)") }
            for header in expected["endpoint"]["headers"].structure ?? AWSMembers() {
                #expect(endpoint.headers[header.name] == header.value.list?.compactMap(\.string), "\(title)")
            }
        } catch let error as AWSError {
            #expect(error.message == expected["error"].string, "\(title)")
        }
    }
}
