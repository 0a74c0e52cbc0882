// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

struct RateLimiterTests {
    @Test func `until the first throttle everything may be sent`() {
        let limiter = RateLimiter(now: 0)
        for second in 0..<100 {
            #expect(limiter.acquire(now: Double(second) / 10) == nil)
            limiter.record(isThrottle: false, now: Double(second) / 10)
        }
        #expect(limiter.rate == nil)
    }

    @Test func `a throttle brings the rate to 70 % of what was measured, and time brings it up again`() throws {
        let limiter = RateLimiter(now: 0)
        for step in 1...40 { limiter.record(isThrottle: false, now: Double(step) / 10) }
        limiter.record(isThrottle: true, now: 4.1)
        let throttled = try #require(limiter.rate)
        #expect(throttled > 5 && throttled < 8)
        for step in 1...200 { limiter.record(isThrottle: false, now: 4.1 + Double(step) / 10) }
        #expect(try #require(limiter.rate) > throttled)
    }

    @Test func `who may not send is told how long to wait`() throws {
        let limiter = RateLimiter(now: 0)
        limiter.record(isThrottle: true, now: 1)
        #expect(limiter.acquire(now: 1) == nil)
        let wait = try #require(limiter.acquire(now: 1.1))
        #expect(wait > 0 && wait <= 2)
        #expect(limiter.acquire(now: 1.1 + wait + 1e-9) == nil)
        #expect(limiter.acquire(now: 1.1 + wait + 1e-9) != nil)
    }

    /// The rates that botocore's own classes compute for the same answers at the same times.
    @Test(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
    func `rates are botocore's`() throws {
        var generator = SeededGenerator(seed: 11)
        var now = 100.0
        var events: [(isThrottle: Bool, now: Double)] = []
        for _ in 0..<300 {
            now += Double.random(in: 0.01...0.3, using: &generator)
            events.append((Int.random(in: 0..<10, using: &generator) == 0, now))
        }
        let limiter = RateLimiter(now: 100)
        let ours = events.map { event in
            limiter.record(isThrottle: event.isThrottle, now: event.now)
            return limiter.rate ?? 0
        }
        let script = """
            import json, sys
            from botocore.retries import adaptive, bucket, throttling
            events = json.loads(sys.stdin.read())
            class Clock:
                now = 100.0
                def current_time(self): return self.now
            class Detector:
                def is_throttling_error(self, flag): return flag
            clock = Clock()
            tokens = bucket.TokenBucket(1, clock)
            limiter = adaptive.ClientRateLimiter(
                throttling.CubicCalculator(0, 100.0), adaptive.RateClocker(clock), tokens, Detector(), clock)
            rates = []
            for flag, now in events:
                clock.now = now
                limiter.on_receiving_response(flag=flag)
                rates.append(tokens.max_rate if limiter._enabled else 0)
            print(json.dumps(rates))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: BotocoreReference.interpreter ?? "")
        process.arguments = ["-c", script]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let text = events.map { "[\($0.isThrottle), \($0.now)]" }.joined(separator: ",")
        try input.fileHandleForWriting.write(contentsOf: Data("[\(text)]".utf8))
        try input.fileHandleForWriting.close()
        let theirs = try JSONDecoder().decode([Double].self, from: output.fileHandleForReading.readDataToEndOfFile())
        #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(theirs.count == 300 && theirs.contains { $0 > 0 })
    }
}
