// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

struct ReportOutboxTests {
    private func report(_ task: Int, bytes: Int) -> AttemptReport {
        Lease.sample(task).report(.succeeded(JSONText(trusted: [UInt8](repeating: UInt8(ascii: "1"), count: bytes))))
    }

    private func tasks(_ batch: [AttemptReport]?) -> [Int64]? { batch?.map(\.token.task.rawValue) }

    @Test func `a batch is bounded in bytes`() {
        var outbox = ReportOutbox()
        for task in 1...5 { outbox.append(report(task, bytes: 200_000)) }
        #expect(tasks(outbox.nextBatch()) == [1, 2])
    }

    @Test func `a result that is larger than a batch goes alone`() {
        var outbox = ReportOutbox()
        outbox.append(report(1, bytes: 10))
        outbox.append(report(2, bytes: 600_000))
        outbox.append(report(3, bytes: 10))
        var batches: [[Int64]] = []
        while let batch = outbox.nextBatch() {
            batches.append(batch.map(\.token.task.rawValue))
            outbox.answered(batch.map { ReportAnswer(token: $0.token, verdict: .applied) })
        }
        #expect(batches == [[1], [2], [3]])
        #expect(outbox.isEmpty)
    }

    @Test func `failures weigh as much as their texts`() {
        var outbox = ReportOutbox()
        let failure = Failure(type: "ProgramFailed", message: "", stderr: String(repeating: "x", count: 300_000))
        for task in 1...2 { outbox.append(Lease.sample(task).report(.failed(failure))) }
        #expect(tasks(outbox.nextBatch()) == [1])
    }

    @Test func `what a lost link did not answer goes first on the next, in its order`() {
        var outbox = ReportOutbox()
        for task in 1...3 { outbox.append(report(task, bytes: 1)) }
        #expect(tasks(outbox.nextBatch()) == [1, 2, 3])
        outbox.append(report(4, bytes: 1))
        #expect(outbox.nextBatch() == nil)
        outbox.answered([Lease.sample(2).answer()])
        outbox.disconnected()
        #expect(tasks(outbox.nextBatch()) == [1, 3, 4])
    }

    @Test func `many reports or many bytes are too much`() {
        var outbox = ReportOutbox()
        for task in 1...(ReportOutbox.batch + 4) { outbox.append(report(task, bytes: 1)) }
        #expect(!outbox.isFull(slots: 2))
        outbox.append(report(1_000, bytes: 1))
        #expect(outbox.isFull(slots: 2) && !outbox.isFull(slots: 3))

        var large = ReportOutbox()
        large.append(report(1, bytes: ReportOutbox.capacityBytes))
        #expect(large.isFull(slots: 100))
        _ = large.nextBatch()
        large.answered([Lease.sample(1).answer()])
        #expect(!large.isFull(slots: 100))
    }
}

struct ReleaseOutboxTests {
    private func outbox(_ tasks: ClosedRange<Int>, _ reason: LeaseRelease.Reason = .interrupted) -> ReleaseOutbox {
        var outbox = ReleaseOutbox()
        for lease in Lease.samples(tasks) { outbox.append(lease.release(reason)) }
        return outbox
    }

    @Test func `a release has arrived when a heartbeat after it is answered`() {
        var outbox = outbox(1...1)
        #expect(outbox.nextBatch()?.count == 1)
        outbox.arrived(before: 8)
        #expect(outbox.tokens.count == 1, "it was not sent yet when that heartbeat was")
        outbox.sent(after: 7)
        outbox.arrived(before: 7)
        #expect(outbox.tokens.count == 1)
        outbox.arrived(before: 8)
        #expect(outbox.tokens.isEmpty)
    }

    @Test func `what may not have arrived is said once more on the next link, before what is new`() {
        var outbox = outbox(1...2)
        _ = outbox.nextBatch()
        outbox.sent(after: 0)
        outbox.append(Lease.sample(3).release())
        outbox.disconnected()
        #expect(outbox.nextBatch()?.map(\.token.task.rawValue) == [1, 2, 3])
        #expect(outbox.nextBatch() == nil)
    }

    @Test func `a lease that is another's is not given back`() {
        var outbox = outbox(1...3)
        _ = outbox.nextBatch()
        outbox.append(Lease.sample(4).release())
        outbox.forget([Lease.sample(1).token, Lease.sample(4).token])
        outbox.disconnected()
        #expect(outbox.nextBatch()?.map(\.token.task.rawValue) == [2, 3])
    }

    @Test func `a message has a length`() {
        var outbox = outbox(1...(ReleaseOutbox.batch + 1))
        #expect(outbox.nextBatch()?.count == ReleaseOutbox.batch)
        #expect(outbox.nextBatch()?.count == 1)
        #expect(!outbox.isWaiting)
    }

    @Test func `what is kept is bounded`() {
        var outbox = outbox(1...(ReleaseOutbox.capacity + 1), .notStarted)
        #expect(outbox.isOverrun)
        outbox.append(Lease.sample(100_000).release(.interrupted))
        outbox.disconnected()
        #expect(outbox.tokens == [Lease.sample(100_000).token], "what was not started need not be named")

        outbox = self.outbox(1...(ReleaseOutbox.capacity + 10))
        while outbox.nextBatch() != nil {}
        outbox.sent(after: 1)
        #expect(outbox.tokens.count == ReleaseOutbox.capacity)
    }
}

struct ReconnectDelayTests {
    private struct Highest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    @Test func `the limit doubles from half a second to half a minute`() {
        var delay = ReconnectDelay()
        var generator = Highest()
        let ttl = Duration.seconds(300)
        let waits = (0..<9).map { _ in delay.next(within: ttl, using: &generator).milliseconds }
        #expect(waits == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
        delay.reset()
        #expect(delay.next(within: ttl, using: &generator) == .milliseconds(500))
    }

    @Test(arguments: [(5, 1_250), (60, 15_000), (1, 250)])
    func `no wait is longer than a quarter of the leases' time`(ttl: Int, longest: Int64) {
        var delay = ReconnectDelay()
        var generator = Highest()
        let waits = (0..<9).map { _ in delay.next(within: .seconds(ttl), using: &generator).milliseconds }
        #expect(waits.max() == longest && waits.last == longest)
    }

    @Test func `any wait up to the limit may come, the first time too`() {
        var generator = SeededGenerator(seed: 7)
        let waits = (0..<1_000).map { _ in
            var delay = ReconnectDelay()
            return delay.next(within: .seconds(60), using: &generator).milliseconds
        }
        #expect(waits.allSatisfy { (0...500).contains($0) })
        #expect(Set(waits.map { $0 / 50 }).isSuperset(of: 0...9))
    }
}
