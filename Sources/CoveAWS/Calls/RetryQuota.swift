// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What a client may still spend on retries, so that a service in trouble does not get every request three times.
///
/// Holds 500 at first and at most. A retry costs 14, after a throttle 5; a call that needed none gives 1 back, one that
/// succeeded after retries gives its last cost back. These are botocore 1.44's numbers.
package final class RetryQuota: Sendable {
    private static let capacity = 500
    private static let retryCost = 14
    private static let throttleCost = 5
    private static let refund = 1

    private let available = Mutex(RetryQuota.capacity)

    /// Makes a full quota.
    package init() {}

    /// Takes the cost of a retry and returns it; nil, and nothing taken, when less is left.
    func acquire(after kind: ErrorClassifier.Kind) -> Int? {
        let cost = kind == .throttle ? Self.throttleCost : Self.retryCost
        return available.withLock { available in
            guard available >= cost else { return nil }
            available -= cost
            return cost
        }
    }

    /// Gives back after a success: the cost of the last retry, or a little when there was none.
    func release(_ cost: Int?) {
        available.withLock { $0 = min(Self.capacity, $0 + (cost ?? Self.refund)) }
    }

    /// What is left.
    package var remaining: Int { available.withLock { $0 } }
}
