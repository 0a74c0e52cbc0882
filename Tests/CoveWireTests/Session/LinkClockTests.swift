// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

@Suite struct LinkClockTests {
    @Test func `the machine's wall clock is of this century`() {
        #expect((2_020..<2_100).contains(LinkClock.system.wall().calendar.year))
    }

    @Test func `who waits and is cancelled does not wait`() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await LinkClock.system.sleep(.seconds(3_600)) }
            }
            group.cancelAll()
        }
    }
}
