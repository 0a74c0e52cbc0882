// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@Suite struct TaskIDTests {
    @Test func `ids sort and are coded as numbers`() throws {
        let ids = [TaskID(10), TaskID(9), TaskID(.max), TaskID(1)]
        #expect(ids.sorted().map(\.rawValue) == [1, 9, 10, .max])
        #expect(try CodedForm.text(ids) == "[10,9,9223372036854775807,1]")
        #expect(try CodedForm.value([TaskID].self, "[10,9,9223372036854775807,1]") == ids)
        #expect(CodedForm.problem([TaskID].self, #"["1"]"#) != nil)
        #expect(CodedForm.problem([TaskID].self, "[9223372036854775808]") != nil)
    }
}
