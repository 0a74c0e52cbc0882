// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveKit

@Suite struct TextTableTests {
    @Test func `columns are as wide as their widest cell, and lines end with their text`() {
        let rows = [["a", "bbbbb", "c"], ["aaa", "", ""]]
        let table = TextTable(headings: ["X", "YY", "Z"], sample: rows, width: nil)
        #expect(table.heading == "X    YY     Z")
        #expect(rows.map { table.line($0) } == ["a    bbbbb  c", "aaa"])
    }

    @Test func `a column takes at most what it may, and never less than its heading`() {
        let rows = [["abcdefgh", "ijklmnop", "last column, never cut without a width"]]
        let table = TextTable(headings: ["A", "LONGER", "C"], sample: rows, width: nil, widest: [5, 2])
        #expect(table.heading == "A      LONGER  C")
        #expect(table.line(rows[0]) == "abcd…  ijklm…  last column, never cut without a width")
    }

    @Test func `the last column takes what is left of the line`() {
        let rows = [["ab", "0123456789"]]
        for (width, text) in [
            (14, "ab  0123456789"), (13, "ab  01234567…"), (6, "ab  0…"), (5, "ab  …"), (4, "ab  …"), (1, "ab  …"),
        ] {
            let table = TextTable(headings: ["", ""], sample: rows, width: width)
            #expect(table.line(rows[0]) == text)
        }
    }

    @Test func `a cell that is wider than the sample is cut`() {
        let table = TextTable(headings: ["A", "B"], sample: [["aaa", "b"]], width: 8)
        #expect(table.line(["aaaa", "b"]) == "aa…  b")
        #expect(table.line(["aaaa", "bbbbb"]) == "aa…  bb…")
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한글", 4), ("ｆ", 2), ("ﾊ", 1), ("😀", 2), ("𠀀", 2),
        ("…", 1),
    ])
    func `wide characters take two columns, combining marks none`(text: String, width: Int) {
        #expect(TextTable.width(text) == width)
    }

    @Test func `wide characters line up and are never cut in half`() {
        let rows = [["日本語", "x"], ["ab", "y"]]
        let table = TextTable(headings: ["N", "V"], sample: rows, width: nil)
        #expect(rows.map { table.line($0) } == ["日本語  x", "ab      y"])
        let narrow = TextTable(headings: ["N", "V"], sample: rows, width: nil, widest: [4])
        #expect(rows.map { narrow.line($0) } == ["日…   x", "ab    y"])
        let marks = TextTable(
            headings: ["N", "V"], sample: [["e\u{301}e\u{301}e\u{301}", "x"]], width: nil, widest: [2])
        #expect(marks.line(["e\u{301}e\u{301}e\u{301}", "x"]) == "e\u{301}…  x")
    }

    @Test(arguments: [
        ("a\nb", "a b"), ("a\r\nb", "a  b"), ("\u{1B}[31mred\u{1B}[0m", " [31mred [0m"), ("a\tb\u{7}", "a b "),
        ("\u{9B}2J", " 2J"), ("a\u{202E}b", "a b"), ("a\u{200B}b", "a b"), ("a\u{2028}b\u{2029}c", "a b c"),
        ("\0", " "),
        ("\u{7F}", " "), ("\u{FEFF}x", " x"), ("é日😀", "é日😀"),
    ])
    func `what could move the cursor becomes a space`(text: String, shown: String) {
        #expect(TextTable.visible(text).unicodeScalars.elementsEqual(shown.unicodeScalars))
        let table = TextTable(headings: ["", ""], sample: [[text, text]], width: nil)
        let line = table.line([text, text])
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) })
    }
}
