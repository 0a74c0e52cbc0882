// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveWorker

/// A TTL of a minute, of which a worker believes in 55 seconds.
struct LeaseWatchTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// A watch whose hello was sent at the start and answered.
    private func welcomed() -> LeaseWatch {
        var watch = LeaseWatch()
        watch.connected(now: start)
        watch.welcomed(LeaseTerms())
        return watch
    }

    @Test func `before a coordinator answered there are no leases`() {
        var watch = LeaseWatch()
        #expect(watch.isOver(now: start))
        watch.connected(now: start)
        #expect(watch.isOver(now: start))
    }

    @Test func `leases last a TTL less a twelfth from when the hello was sent`() {
        let watch = welcomed()
        #expect(!watch.isOver(now: at(54)))
        #expect(watch.isOver(now: at(55)))
        #expect(watch.timeToFence(now: at(10)) == .seconds(45))
    }

    @Test func `a heartbeat keeps the leases from when it was sent, once it is answered`() {
        var watch = welcomed()
        let number = watch.heartbeat(now: at(15))
        #expect(watch.isOver(now: at(55)), "it is not answered yet")
        watch.answered(number)
        #expect(!watch.isOver(now: at(69)))
        #expect(watch.isOver(now: at(70)))
    }

    @Test func `a late answer keeps the leases no longer than an early one`() {
        var watch = welcomed()
        let first = watch.heartbeat(now: at(15))
        let second = watch.heartbeat(now: at(30))
        watch.answered(second)
        watch.answered(first)
        #expect(watch.isOver(now: at(85)) && !watch.isOver(now: at(84)))
    }

    @Test(arguments: [0, 7, -1] as [Int64])
    func `an answer to what was not sent on this link keeps nothing`(_ number: Int64) {
        var watch = welcomed()
        _ = watch.heartbeat(now: at(15))
        let isAnswer = watch.answered(number)
        #expect(!isAnswer)
        #expect(watch.isOver(now: at(55)))
    }

    @Test func `heartbeats are counted over all links, and a link answers only its own`() {
        var watch = welcomed()
        let former = watch.heartbeat(now: at(15))
        watch.disconnected()
        watch.connected(now: at(20))
        let isAnswer = watch.answered(former)
        let next = watch.heartbeat(now: at(30))
        #expect(!isAnswer && next == former + 1)
        #expect(watch.isOver(now: at(55)), "the new hello is not answered")
        watch.welcomed(LeaseTerms())
        #expect(!watch.isOver(now: at(74)) && watch.isOver(now: at(75)))
    }

    @Test func `a link that ends takes no time away`() {
        var watch = welcomed()
        watch.disconnected()
        #expect(!watch.isOver(now: at(54)))
    }

    @Test func `when the leases are over, the next that can be is watched for`() {
        var watch = welcomed()
        #expect(watch.timeToFence(now: at(60)) == .seconds(55))
        _ = watch.heartbeat(now: at(58))
        #expect(watch.timeToFence(now: at(60)) == .seconds(53))
        #expect(watch.timeToFence(now: at(200)) == .seconds(55), "what was sent so long ago keeps nothing")
    }

    @Test func `silence is counted from the last thing heard on this link`() {
        var watch = welcomed()
        #expect(watch.timeToSilence(now: at(10)) == .seconds(50))
        watch.heard(now: at(10))
        #expect(watch.timeToSilence(now: at(10)) == .seconds(60))
        watch.disconnected()
        watch.connected(now: at(100))
        #expect(watch.timeToSilence(now: at(130)) == .seconds(30))
    }

    @Test func `the terms of the newest welcome count`() {
        var watch = welcomed()
        watch.connected(now: at(10))
        watch.welcomed(LeaseTerms(ttl: .seconds(12)))
        #expect(!watch.isOver(now: at(20)) && watch.isOver(now: at(21)))
    }
}
