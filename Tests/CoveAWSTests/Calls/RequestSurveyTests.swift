// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// The same requests as botocore for made-up calls of every operation.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct RequestSurveyTests {
    /// The services that are surveyed: all protocols, and those with quirks. `COVE_SURVEY` names others, or `all`.
    private static let services =
        ProcessInfo.processInfo.environment["COVE_SURVEY"].map {
            $0 == "all" ? [] : $0.split(separator: ",").map(String.init)
        } ?? ["iam", "s3", "sqs", "lambda", "sts", "organizations", "route53", "s3control", "cloudwatch", "dynamodb"]

    @Test func `every operation of the services is sent as botocore sends it`() async throws {
        let sessions = CaseSessions()
        var cases: [(BotocoreCalls.Case, AWSValue)] = []
        try BotocoreCalls.survey(Self.services) { cases.append(($0, $1)) }
        var counts: [String: Int] = [:]
        var differences = 0
        for (testCase, theirs) in cases {
            let ours = await sessions.answer(to: testCase)
            counts[testCase.service, default: 0] += 1
            if let difference = RequestDifference.between(ours, theirs) {
                differences += 1
                if differences <= 200 { print("DIFF \(testCase.service) \(testCase.operation): \(difference)") }
            }
        }
        print("survey: \(counts.count) services, \(cases.count) calls, \(differences) differ")
        #expect(differences == 0)
        #expect(counts.count >= Self.services.count)
    }
}
