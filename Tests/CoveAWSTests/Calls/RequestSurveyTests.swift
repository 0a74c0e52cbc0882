// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The same requests as botocore for made-up calls of every operation.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct RequestSurveyTests {
    /// The services that are surveyed: all protocols, and those with quirks. `COVE_SURVEY` names others, or `all`, which takes
    /// minutes.
    private static var services: [String] {
        let named = ProcessInfo.processInfo.environment["COVE_SURVEY"] ?? ""
        if named == "all" { return [] }
        if !named.isEmpty { return named.split(separator: ",").map(String.init) }
        return [
            "apigateway", "autoscaling", "cloudsearchdomain", "cloudwatch", "cloudwatchomni", "cognito-identity",
            "dynamodb", "glacier", "health", "iam", "kinesis", "lambda", "logs", "machinelearning", "organizations",
            "rds", "route53", "s3", "s3control", "signin", "sqs", "sso-oidc", "sts", "timestream-query",
        ]
    }

    /// Why Cove's answer to a call is meant to be another than botocore's.
    private static func reason(_ testCase: BotocoreCalls.Case, _ ours: AWSValue, _ theirs: AWSValue) -> String? {
        if ours["error"] == "EventStream" { return "streams of events are refused" }
        if testCase.service == "sdb" { return "SimpleDB's signature, version 2, is refused" }
        if theirs["headers"]["x-amz-trailer"].string != nil {
            return "S3's streamed bodies carry their checksum in the header, not in a trailer"
        }
        if testCase.service == "signin", ours["headers"]["authorization"].isNull {
            return "what the model says needs no signature gets none"
        }
        return nil
    }

    @Test func `every operation of the services is sent as botocore sends it`() async throws {
        let sessions = CaseSessions()
        var cases: [(BotocoreCalls.Case, AWSValue)] = []
        try BotocoreCalls.survey(Self.services) { cases.append(($0, $1)) }
        var services: Set<String> = []
        var meant: [String: Int] = [:]
        var differences = 0
        for (testCase, theirs) in cases {
            let ours = await sessions.answer(to: testCase)
            services.insert(testCase.service)
            guard let difference = RequestDifference.between(ours, theirs) else { continue }
            if let reason = Self.reason(testCase, ours, theirs) {
                meant[reason, default: 0] += 1
                continue
            }
            differences += 1
            if differences <= 40 {
                Issue.record("\(testCase.service) \(testCase.operation): \(difference.prefix(1_500))")
            }
        }
        print("survey: \(services.count) services, \(cases.count) calls, \(differences) differ")
        for (reason, count) in meant.sorted(by: { $0.key < $1.key }) { print("survey: \(count) meant: \(reason)") }
        #expect(differences == 0)
        #expect(services.count >= max(Self.services.count, 1))
    }
}
