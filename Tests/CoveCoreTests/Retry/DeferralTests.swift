// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// How long tasks wait whose role could not be asked for.
@Suite struct DeferralTests {
    @Test func `each deferral is twice as long as the one before, a minute at most`() {
        for (number, longest) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (100, 60)] {
            for id in 1...1_000 {
                let delay = Deferral.delay(number: number, of: TaskID(Int64(id)))
                #expect(delay <= .seconds(longest) && delay >= .milliseconds(longest * 500))
            }
        }
    }

    @Test func `tasks that are put off together come back apart`() {
        // In each tenth of the time there is about a tenth of the tasks.
        var tenths = [Int](repeating: 0, count: 10)
        for id in 1...10_000 {
            let milliseconds = Deferral.delay(number: 7, of: TaskID(Int64(id))).components
            let offset = (milliseconds.seconds - 30) * 10 / 30
            tenths[min(9, Int(offset))] += 1
        }
        #expect(tenths.allSatisfy { (800...1_250).contains($0) }, "\(tenths)")
    }
}
