// SPDX-License-Identifier: Apache-2.0

/// What botocore's `legacy` mode repeats (its `_retry.json`): statuses, and codes that count only with their own status.
enum LegacyRetries {
    private static let statuses: Set<Int> = [500, 502, 503, 504]

    private struct Refusal: Hashable {
        var code: String
        var status: Int
    }

    private static let throttles: Set<Refusal> = [
        Refusal(code: "Throttling", status: 400), Refusal(code: "ThrottlingException", status: 400),
        Refusal(code: "ThrottledException", status: 400), Refusal(code: "RequestThrottledException", status: 400),
        Refusal(code: "ProvisionedThroughputExceededException", status: 400),
    ]

    /// What only single services answer.
    private static let own: [String: Set<Refusal>] = [
        "Organizations": [Refusal(code: "TooManyRequestsException", status: 400)],
        "DynamoDB": [
            Refusal(code: "ReplicatedWriteConflictException", status: 409),
            Refusal(code: "TransactionInProgressException", status: 400),
        ],
        "Kinesis": [Refusal(code: "LimitExceededException", status: 400)],
        "SQS": [Refusal(code: "RequestThrottled", status: 403)],
        "S3": [Refusal(code: "RequestTimeout", status: 400), Refusal(code: "BadDigest", status: 400)],
        "Glacier": [Refusal(code: "RequestTimeoutException", status: 408)],
        "Route 53": [Refusal(code: "PriorRequestNotComplete", status: 400)],
        "STS": [Refusal(code: "IDPCommunicationError", status: 400)],
    ]

    static func kind(code: String, status: Int, serviceID: String) -> ErrorClassifier.Kind {
        let refusal = Refusal(code: code, status: status)
        if throttles.contains(refusal) || status == 429 || status == 509 { return .throttle }
        if own[serviceID]?.contains(refusal) == true { return .transient }
        return statuses.contains(status) ? .transient : .permanent
    }
}
