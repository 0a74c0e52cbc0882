// SPDX-License-Identifier: Apache-2.0

/// Which calls are repeated, how often, and how long is waited before: botocore 1.44's modes.
package struct RetryPolicy: Sendable, Hashable {
    /// How often a request is sent at most, the first time included.
    package var maximumAttempts: Int
    /// `standard`; `adaptive`, which is the same behind a limit of the rate; `legacy`.
    package var mode: AWSConfiguration.RetryMode
    /// The service's id, `DynamoDB`; some have numbers of their own.
    private let serviceID: String

    private static let longestDelay = 20.0
    private static let throttleScale = 1.0
    private static let otherScale = 0.05
    private static let mostBeyondJitter = 5.0
    private static let dynamo: Set<String> = ["DynamoDB", "DynamoDB Streams"]

    /// Makes a policy; fewer than one attempt counts as one.
    package init(
        maximumAttempts: Int = 3, mode: AWSConfiguration.RetryMode = .standard, serviceID: String = ""
    ) {
        self.maximumAttempts = max(1, maximumAttempts)
        self.mode = mode
        self.serviceID = serviceID
    }

    /// The policy that a configuration asks for, for a service.
    package init(_ configuration: AWSConfiguration, serviceID: String = "") {
        var attempts = configuration.maxAttempts
        if !configuration.maxAttemptsIsExplicit {
            switch configuration.retryMode {
            case .standard, .adaptive: attempts = Self.dynamo.contains(serviceID) ? 4 : attempts
            case .legacy: attempts = serviceID == "DynamoDB" ? 10 : attempts
            }
        }
        self.init(maximumAttempts: attempts, mode: configuration.retryMode, serviceID: serviceID)
    }

    /// Whether retries are taken from a quota.
    var hasQuota: Bool { mode != .legacy }

    /// What an error of a call means.
    func kind(_ error: AWSError, _ plan: CallPlan?) -> ErrorClassifier.Kind {
        if error.phase == .service {
            let status = error.httpStatus ?? 0
            return mode == .legacy
                ? LegacyRetries.kind(code: error.code, status: status, serviceID: plan?.metadata.serviceID ?? serviceID)
                : ErrorClassifier.kind(code: error.code, status: status, operation: plan?.operation)
        }
        return ErrorClassifier.kind(error)
    }

    /// Whether the operation waits for something to happen: it is waited for even when it is not repeated, so that a loop around
    /// it does not become a storm.
    func isLongPoll(_ plan: CallPlan?) -> Bool { plan.map { Self.longPolls.contains($0.title) } ?? false }

    private static let longPolls: Set<String> = [
        "SQS.ReceiveMessage", "SFN.GetActivityTask", "SWF.PollForActivityTask", "SWF.PollForDecisionTask",
    ]

    /// How long to wait before the next attempt.
    ///
    /// A random part of the scale doubled with every attempt, at most 20 seconds; the scale is 1 second after a throttle
    /// and 50 milliseconds otherwise (25 for DynamoDB). `x-amz-retry-after` can lengthen that by up to 5 seconds. In `legacy`
    /// mode a random part of a second, doubled with every attempt.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, from 1.
    ///   - random: a number from 0 to 1.
    ///   - retryAfter: the value of the answer's `x-amz-retry-after` in milliseconds.
    package func delay(
        attempt: Int, after kind: ErrorClassifier.Kind, random: Double, retryAfter: Int? = nil
    ) -> Duration {
        var doubled = 1.0
        for _ in 1..<max(1, min(attempt, 32)) { doubled *= 2 }
        if mode == .legacy {
            let base = serviceID == "DynamoDB" ? Self.otherScale : random
            return .seconds(base * min(doubled, 1_048_576))
        }
        let plainScale = Self.dynamo.contains(serviceID) ? Self.otherScale / 2 : Self.otherScale
        let scale = kind == .throttle ? Self.throttleScale : plainScale
        let jittered = random * min(scale * doubled, Self.longestDelay)
        guard let retryAfter, retryAfter >= 0 else { return .seconds(jittered) }
        let asked = Double(retryAfter) / 1_000
        return .seconds(max(jittered, min(asked, Self.mostBeyondJitter + jittered)))
    }
}
