// SPDX-License-Identifier: Apache-2.0

/// How often a call is repeated and how long is waited before: botocore 1.44's `standard` mode.
package struct RetryPolicy: Sendable, Hashable {
    /// How often a request is sent at most, the first time included.
    package var maximumAttempts: Int

    private static let longestDelay = 20.0
    private static let throttleScale = 1.0
    private static let otherScale = 0.05
    private static let mostBeyondJitter = 5.0

    /// Makes a policy; fewer than one attempt counts as one.
    package init(maximumAttempts: Int = 3) { self.maximumAttempts = max(1, maximumAttempts) }

    /// The policy that a configuration asks for.
    ///
    /// `legacy` and `adaptive` are retried as `standard`.
    package init(_ configuration: AWSConfiguration) { self.init(maximumAttempts: configuration.maxAttempts) }

    /// How long to wait before the next attempt.
    ///
    /// A random part of the scale doubled with every attempt, at most 20 seconds; the scale is 1 second after a throttle
    /// and 50 milliseconds otherwise. `x-amz-retry-after` can lengthen that by up to 5 seconds.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt that failed, from 1.
    ///   - random: a number from 0 to 1.
    ///   - retryAfter: the value of the answer's `x-amz-retry-after` in milliseconds.
    package func delay(
        attempt: Int, after kind: ErrorClassifier.Kind, random: Double, retryAfter: Int? = nil
    ) -> Duration {
        let scale = kind == .throttle ? Self.throttleScale : Self.otherScale
        var doubled = scale
        for _ in 1..<max(1, min(attempt, 32)) { doubled *= 2 }
        let jittered = random * min(doubled, Self.longestDelay)
        guard let retryAfter, retryAfter >= 0 else { return .seconds(jittered) }
        let asked = Double(retryAfter) / 1_000
        return .seconds(max(jittered, min(asked, Self.mostBeyondJitter + jittered)))
    }
}
