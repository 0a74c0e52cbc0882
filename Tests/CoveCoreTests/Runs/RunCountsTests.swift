// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@Suite struct RunCountsTests {
    @Test func `counts add up, state by state`() {
        var counts = RunCounts()
        #expect(counts.total == 0)
        for (index, state) in TaskState.allCases.enumerated() {
            counts[state] = 1 << index
            #expect(counts[state] == 1 << index)
        }
        #expect(
            [counts.ready, counts.leased, counts.succeeded, counts.failed, counts.roleNotAssumed] == [1, 2, 4, 8, 16])
        #expect(counts.total == 31)
        #expect(counts.settled == 28)
        #expect(counts.unsuccessful == 24)
    }

    @Test func `the store's numbers of states stay what they are`() {
        #expect(TaskState.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(TaskState.allCases.map(\.name) == ["ready", "leased", "succeeded", "failed", "roleNotAssumed"])
        #expect(TaskState.allCases.map(\.isSettled) == [false, false, true, true, true])
        #expect(RunState.allCases.map(\.rawValue) == [0, 1, 2])
        #expect(RunState.allCases.map(\.name) == ["planning", "planned", "completed"])
    }
}
