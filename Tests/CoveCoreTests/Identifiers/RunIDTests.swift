// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

/// The form of run ids, and how new ones are made.
@Suite struct RunIDTests {
    /// 2026-11-20T23:59:59.123Z
    static let moment = Timestamp(milliseconds: 1_795_219_199_123)

    @Test(arguments: ["20261120-235959-k3x9q", "00000000-000000-00000", "99999999-999999-zzzzz"])
    func `a date, a time and five characters are a run id`(text: String) {
        #expect(RunID(text)?.rawValue == text)
        #expect(RunID(text)?.description == text)
    }

    @Test(arguments: [
        "", "20261120-235959-k3x9", "20261120-235959-k3x9qq", "20261120_235959_k3x9q", "20261120-235959-K3X9Q",
        "2026112a-235959-k3x9q", "2026112:-235959-k3x9q", "2026112/-235959-k3x9q", "20261120-235959-k3x`q",
        "20261120-235959-k3x{q", "20261120-235959-k3x:q", "20261120-23595a-k3x9q", "20261120-235959-k3x/q",
        "20261120-235959-k3-9q",
        "../../../../etc/passw", "20261120-235959-k3xé", " 20261120-235959-k3x9q", "20261120-235959-k3x9\n",
        "2026112-0235959-k3x9q",
    ])
    func `anything else is none`(text: String) {
        #expect(RunID(text) == nil)
    }

    @Test func `a new id holds the time of the start in UTC and what the generator gave`() {
        var generator = SeededGenerator(seed: 7)
        let id = RunID(startingAt: Self.moment, using: &generator)
        #expect(id.rawValue.hasPrefix("20261120-235959-"))
        #expect(RunID(id.rawValue) == id)

        var same = SeededGenerator(seed: 7)
        #expect(RunID(startingAt: Self.moment, using: &same) == id)
        #expect(RunID(startingAt: Self.moment, using: &same) != id)
    }

    @Test func `every character is drawn`() {
        var generator = SeededGenerator(seed: 1)
        var drawn: Set<Character> = []
        for _ in 0..<200 { drawn.formUnion(RunID(startingAt: Self.moment, using: &generator).rawValue.suffix(5)) }
        #expect(drawn == Set("0123456789abcdefghijklmnopqrstuvwxyz"))
    }

    @Test func `ids sort by the time of their start`() {
        var generator = SeededGenerator(seed: 3)
        let seconds: [Int64] = [-1, 0, 59, 60, 86_399, 86_400, 31_535_999, 1_795_219_199, 4_107_542_400]
        let ids = seconds.map { RunID(startingAt: Timestamp(milliseconds: $0 * 1_000), using: &generator) }
        #expect(ids.reversed().sorted() == ids)
    }

    @Test func `an id is coded as its text and refused as anything else`() throws {
        let id = try #require(RunID("20261120-235959-k3x9q"))
        #expect(try CodedForm.text([id]) == #"["20261120-235959-k3x9q"]"#)
        #expect(try CodedForm.value([RunID].self, #"["20261120-235959-k3x9q"]"#) == [id])
        #expect(
            CodedForm.problem([RunID].self, #"["today"]"#)
                == #"found "today", expected a run id such as 20261120-235959-k3x9q"#)
    }
}
