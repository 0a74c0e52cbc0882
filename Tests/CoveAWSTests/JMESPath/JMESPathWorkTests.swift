// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

/// What an expression may cost whoever searches with it.
@Suite struct JMESPathWorkTests {
    private static let doubled = String(repeating: "[@,@]|", count: 40)

    @Test(arguments: [
        // Each step doubles: lists that are shared, lists that are not, texts, and what compares or writes them.
        doubled + "@==@", "[@]" + String(repeating: "|[@,@][]", count: 40),
        "'x'" + String(repeating: "|join('',[@,@])", count: 40), doubled + "to_string(@)", doubled + "contains([@],@)",
    ])
    func `a search that makes too much of its value ends with an error`(text: String) throws {
        let path = try JMESPath(text)
        let error = try #require(throws: JMESPathError.self) { try path.search(["a"], work: JMESPathWork(100_000)) }
        #expect(error.message.contains("more than 100000 steps"))
    }

    @Test func `a value that was doubled and doubled is not written beyond a limit`() throws {
        let value = try JMESPath(String(repeating: "[@,@]|", count: 60) + "@").search("x")
        #expect(value.json(atMost: 1_000_000) == nil)
        #expect(AWSValue.list(["x"]).json(atMost: 5) == Array(#"["x"]"#.utf8))
        #expect(AWSValue.list(["x"]).json(atMost: 4) == nil)
    }
}

extension AWSValue {
    /// Equality as JMESPath has it, whatever it costs.
    func isSame(as other: AWSValue) -> Bool {
        (try? JMESPathInterpreter(work: JMESPathWork(.max)).isSame(self, other)) ?? false
    }
}
