// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Testing

@testable import CoveWorker

@Suite(.timeLimit(.minutes(5)))
struct AttemptCancellationTests {
    @Test func `whoever waits is let go when it is cancelled`() async {
        let cancellation = AttemptCancellation()
        #expect(!cancellation.isCancelled)
        async let waiter: Void = cancellation.wait()
        cancellation.cancel()
        await waiter
        #expect(cancellation.isCancelled)
    }

    @Test func `waiting for what was cancelled before does not wait`() async {
        let cancellation = AttemptCancellation()
        cancellation.cancel()
        cancellation.cancel()
        await cancellation.wait()
        await cancellation.wait()
        #expect(cancellation.isCancelled)
    }

    @Test func `a waiter that is cancelled itself leaves the attempt uncancelled`() async {
        let cancellation = AttemptCancellation()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cancellation.wait() }
            group.cancelAll()
        }
        #expect(!cancellation.isCancelled)
        async let next: Void = cancellation.wait()
        cancellation.cancel()
        await next
        #expect(cancellation.isCancelled)
    }

    @Test func `a cancelled waiter takes nothing back`() async {
        let cancellation = AttemptCancellation()
        cancellation.cancel()
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { await cancellation.wait() }
        }
        #expect(cancellation.isCancelled)
    }

    /// Nothing orders the two; whichever comes first, nobody is left waiting.
    @Test func `cancelling and being cancelled at the same time lose nobody`() async {
        for _ in 0..<2_000 {
            let cancellation = AttemptCancellation()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await cancellation.wait() }
                group.addTask { cancellation.cancel() }
                group.cancelAll()
            }
            #expect(cancellation.isCancelled)
        }
    }

    @Test func `an attempt whose lease is over is cancelled, and more than that`() async {
        let cancellation = AttemptCancellation()
        cancellation.cancel()
        #expect(!cancellation.isLeaseOver)
        cancellation.cancel(isLeaseOver: true)
        await cancellation.wait()
        #expect(cancellation.isCancelled && cancellation.isLeaseOver)
    }

    @Test func `whoever asks lets the time of the lease be looked at first`() {
        let cancelled = Watched<AttemptCancellation?>(nil)
        let cancellation = AttemptCancellation { cancelled.value?.cancel(isLeaseOver: true) }
        #expect(!cancellation.isCancelled && !cancellation.isLeaseOver)
        cancelled.update { $0 = cancellation }
        #expect(cancellation.isCancelled)
        cancelled.update { $0 = nil }
    }
}
