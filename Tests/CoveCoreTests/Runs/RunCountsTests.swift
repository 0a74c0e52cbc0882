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

    @Test func `states are coded by their names`() throws {
        #expect(
            try CodedForm.text(TaskState.allCases) == #"["ready","leased","succeeded","failed","roleNotAssumed"]"#)
        #expect(try CodedForm.value([TaskState].self, CodedForm.text(TaskState.allCases)) == TaskState.allCases)
        #expect(try CodedForm.text(RunState.allCases) == #"["planning","planned","completed"]"#)
        #expect(try CodedForm.value([RunState].self, CodedForm.text(RunState.allCases)) == RunState.allCases)
        #expect(
            CodedForm.problem([RunState].self, #"["ready"]"#)
                == "found \"ready\", expected planning, planned, completed")
        #expect(CodedForm.problem([TaskState].self, "[0]") != nil)
    }

    @Test func `counts are coded by state, and what is no count is refused`() throws {
        var counts = RunCounts()
        for (index, state) in TaskState.allCases.enumerated() { counts[state] = index }
        let text = #"{"failed":3,"leased":1,"ready":0,"roleNotAssumed":4,"succeeded":2}"#
        #expect(try CodedForm.text(counts) == text)
        #expect(try CodedForm.value(text) == counts)
        for count in ["-1", "9223372036854775807", "1.5", "null"] {
            let refused = text.replacing("4", with: count)
            #expect(CodedForm.problem(RunCounts.self, refused) != nil, "\(count)")
        }
    }
}
