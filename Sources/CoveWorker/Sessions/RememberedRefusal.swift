// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import Synchronization

/// A refusal that is answered again for a minute without asking: what STS refused for one region it refuses for the next.
///
/// Only a final refusal of the service is remembered, never a throttle, a broken connection or an ended credential.
final class RememberedRefusal: Sendable {
    private static let memory = Duration.seconds(60)
    private let refusal = Mutex<(error: AWSError, until: ContinuousClock.Instant)?>(nil)
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant) { self.now = now }

    /// What `ask` answers, unless it was refused within the last minute.
    func unlessRefused<Answer: Sendable>(_ ask: () async throws -> Answer) async throws -> Answer {
        if let known = refusal.withLock({ $0 }), now() < known.until { throw known.error }
        do {
            return try await ask()
        } catch let error as AWSError where error.phase == .service && !error.isRetryable && !error.meansCallerExpired {
            refusal.withLock { $0 = (error, now() + Self.memory) }
            throw error
        }
    }
}
