// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Synchronization

/// How fast a client may send in `adaptive` mode.
///
/// As fast as it likes until it is throttled, from then on at a rate that grows like CUBIC's window and falls to 70 % with each
/// throttle. These are botocore's numbers. Decides without waiting: who must wait is told how long, and asks again.
final class RateLimiter: Sendable {
    private let state: Mutex<State>

    init(now: Double) { state = Mutex(State(now: now)) }

    /// Takes leave to send one request; or the seconds to wait before asking again.
    func acquire(now: Double) -> Double? { state.withLock { $0.acquire(now: now) } }

    /// Notes an answer.
    func record(isThrottle: Bool, now: Double) { state.withLock { $0.record(isThrottle: isThrottle, now: now) } }

    /// The requests a second that are allowed; nil before the first throttle.
    var rate: Double? { state.withLock { $0.isEnabled ? $0.fillRate : nil } }

    private struct State {
        private(set) var isEnabled = false
        // The bucket.
        private(set) var fillRate = 1.0
        private var capacity = 1.0
        private var available = 0.0
        private var filledAt: Double
        // The measured rate, in buckets of half a second.
        private var measured = 0.0
        private var count = 0.0
        private var lastBucket: Double
        // CUBIC.
        private var highest = 0.0
        private var zeroPoint = 0.0
        private var lastThrottle: Double

        private static let smallestRate = 0.5
        private static let smoothing = 0.8
        private static let scale = 0.4
        private static let beta = 0.7
        private static let mostOverMeasured = 2.0

        init(now: Double) {
            filledAt = now
            lastBucket = floor(now)
            lastThrottle = now
        }

        mutating func acquire(now: Double) -> Double? {
            guard isEnabled else { return nil }
            fill(now: now)
            guard available < 1 else {
                available -= 1
                return nil
            }
            return (1 - available) / fillRate
        }

        mutating func record(isThrottle: Bool, now: Double) {
            measure(now: now)
            var rate: Double
            if isThrottle {
                let current = isEnabled ? min(measured, fillRate) : measured
                highest = current
                zeroPoint = cbrt(highest * (1 - Self.beta) / Self.scale)
                lastThrottle = now
                rate = current * Self.beta
                isEnabled = true
            } else {
                let distance = now - lastThrottle - zeroPoint
                rate = Self.scale * distance * distance * distance + highest
            }
            rate = min(rate, Self.mostOverMeasured * measured)
            fill(now: now)
            fillRate = max(rate, Self.smallestRate)
            capacity = max(rate, 1)
            available = min(available, capacity)
        }

        private mutating func fill(now: Double) {
            available = min(capacity, available + (now - filledAt) * fillRate)
            filledAt = now
        }

        private mutating func measure(now: Double) {
            let bucket = floor(now * 2) / 2
            count += 1
            guard bucket > lastBucket else { return }
            measured = count / (bucket - lastBucket) * Self.smoothing + measured * (1 - Self.smoothing)
            count = 0
            lastBucket = bucket
        }
    }
}
