// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveWorker

@Suite(.timeLimit(.minutes(1))) struct AwaitedTests {
    @Test func `all who wait get the first value`() async {
        let awaited = Awaited<Int>()
        async let first = awaited.value()
        async let second = awaited.value(within: .seconds(50))
        awaited.settle(1)
        awaited.settle(2)
        let values = await [first, second, awaited.value()]
        #expect(values == [1, 1, 1])
        #expect(awaited.current == 1)
    }

    @Test func `who is cancelled or has waited long enough gets nothing`() async {
        let awaited = Awaited<Int>()
        let task = Task { await awaited.value() }
        task.cancel()
        #expect(await task.value == nil)
        #expect(await awaited.value(within: .milliseconds(1)) == nil)
        #expect(awaited.current == nil)
    }
}
