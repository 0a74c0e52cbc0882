// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveCore

/// The grammar of RFC 8259, as a table of documents.
@Suite struct JSONTextTests {
    static let valid = [
        "null", "true", "false", "0", "-0", "7", "-7", "10", "1234567890123456789012345678901234567890", "0.0", "-0.5",
        "1.25", "1e5", "1E5", "1e+5", "1e-5", "0e0", "-0.0e-0", "1.5E+10", "1e400", #""""#, #""a""#, #""é😀""#,
        #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\uABCD\uabcd""#, #""\ud83d\ude00""#, #""\ud800""#,
        #""\udc00\ud800""#,
        "\"\u{7F}\u{80}\u{2028}\u{FEFF}\u{10FFFF}\"", "[]", "[ ]", "[1]", "[1,2]", "[ 1 , 2 ]", "[[],{}]", "{}", "{ }",
        #"{"a":1}"#, #"{ "a" : 1 , "b" : [ ] }"#, #"{"a":1,"a":2}"#, #"{"":null}"#, #"{"a":{"a":{"a":[{}]}}}"#,
        "[null,true,false,0,\"\",[],{}]",
    ]
    static let invalid = [
        "", " ", "\n", "nul", "nulll", "Null", "TRUE", "tru", "falsey", "undefined", "NaN", "Infinity", "-Infinity",
        "01",
        "-01", "00", "-", "--1", "+1", ".5", "-.5", "5.", "5.e1", "1e", "1e+", "1E-", "1e1.5", "0x10", "1_000", "1a",
        "1 2",
        "'a'", #"""#, #""a"#, #""a"b"#, #""\""#, #""\"#, #""\x""#, #""\0""#, #""\u""#, #""\u12""#, #""\u12g4""#,
        #""\u 123""#,
        #""\U0041""#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "[", "]", "[1", "[1,", "[1,]", "[,]", "[,1]",
        "[1,,2]",
        "[1 2]", "[1}", "[1]]", "{", "}", "{1:2}", "{a:1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{,}", #"{"a":1"#,
        #"{"a"#,
        #"{"a":1]"#, #"{"a" 1}"#, #"{"a":1 "b":2}"#, #"{"a":1;"b":2}"#, #"{"a":1}}"#, #"{"a":1}{"#, "[] []", "{}{}",
        "1,", ",",
        "null null", "/* c */ 1", "1 // c", "#", "\u{FEFF}1", "\u{A0}1", "\u{B}1", "\u{C}1", "[\u{A0}1]", "\0", "1\0",
        "true\u{0}", "(1)", "\\u0031",
    ]

    static func isValid(_ bytes: [UInt8], maximumDepth: Int = 512) -> Bool {
        if case .success = JSONText.checked(bytes, maximumDepth: maximumDepth) { true } else { false }
    }

    @Test(arguments: valid) func `a document of the grammar is taken as it is`(text: String) throws {
        let bytes = Array(text.utf8)
        #expect(try JSONText.checked(bytes).get().utf8 == bytes)
        #expect(try JSONText.checked(bytes).get().text == text)
    }

    @Test(arguments: valid) func `white space around a document is left out`(text: String) throws {
        let bytes = Array(" \t\r\n\(text)\n\r\t ".utf8)
        #expect(try JSONText.checked(bytes).get().utf8 == Array(text.utf8))
    }

    @Test(arguments: invalid) func `anything else is refused`(text: String) {
        #expect(!Self.isValid(Array(text.utf8)))
    }

    @Test(arguments: valid.filter { $0.utf8.count > 1 && !"-0123456789".utf8.contains($0.utf8.first ?? 0) })
    func `a document that is cut off is refused`(text: String) {
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count { #expect(!Self.isValid(Array(bytes[..<length]))) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xE0, 0x80, 0x80, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xF0, 0x9F, 0x98],
            [0x22, 0x80, 0x22],
        ] as [[UInt8]])
    func `what is not UTF-8 is refused at its place`(bytes: [UInt8]) {
        #expect(JSONText.checked(bytes) == .failure(JSONProblem(reason: "invalid UTF-8", offset: 1)))
    }

    @Test func `the place of what is not UTF-8 is found behind other characters`() {
        #expect(invalidUTF8(Array("aé€😀".utf8) + [0xFF]) == 10)
        #expect(invalidUTF8(Array("aé€😀".utf8)) == nil)
        #expect(invalidUTF8([]) == nil)
    }

    @Test(arguments: [
        ("", "found the end, expected a value at byte 0"),
        ("[1,]", "found \"]\", expected a value at byte 3"),
        ("[1 2]", "found \"2\", expected \",\" or \"]\" at byte 3"),
        (#"{"a":1 "b"}"#, "found \"\"\", expected \",\" or \"}\" at byte 7"),
        ("{1:2}", "found \"1\", expected a key in quotes at byte 1"),
        (#"{"a" 1}"#, "found \"1\", expected \":\" at byte 5"),
        ("tru", "found \"t\", expected true at byte 0"),
        ("1 x", "found \"x\", expected the end of the value at byte 2"),
        ("-x", "found \"x\", expected a digit at byte 1"),
        (#""a"#, "found the end, expected the end of a string at byte 2"),
        (#""\q""#, "found \"q\", expected an escape at byte 2"),
        (#""\u12"#, "found the end, expected four hex digits at byte 5"),
        ("\"\n\"", "a control character in a string at byte 1"),
        ("é", "found byte 195, expected a value at byte 0"),
    ])
    func `a refusal says what was found, what was expected and where`(text: String, problem: String) {
        #expect(JSONText.checked(Array(text.utf8)).mapError(\.description.asError) == .failure(problem.asError))
    }

    @Test(arguments: [1, 2, 63, 64, 65, 512])
    func `containers nest as deep as is allowed and no deeper`(depth: Int) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let levels = open.utf8.count == 6 ? 2 : 1
            let count = max(1, depth / levels)
            let inner = open.first == "{" ? "null" : ""
            let full = open.utf8.count == 6 ? "1" : inner
            let bytes = Array(
                (String(repeating: open, count: count) + full + String(repeating: close, count: count)).utf8)
            #expect(Self.isValid(bytes, maximumDepth: count * levels))
            #expect(!Self.isValid(bytes, maximumDepth: count * levels - 1))
        }
    }

    @Test func `a long row of openings is refused, not followed`() {
        for text in ["[", "{\"\":", "[{\"a\":["] {
            let bytes = Array(String(repeating: text, count: 100_000).utf8)
            guard case .failure(let problem) = JSONText.checked(bytes) else {
                Issue.record("accepted")
                continue
            }
            #expect(problem.reason == "more than 512 containers deep")
        }
        #expect(Self.isValid(Array((String(repeating: "[],", count: 10_000).dropLast().description.bracketed).utf8)))
    }

    @Test func `a value knows whether it is null`() throws {
        for (text, isNull) in [("null", true), ("{}", false), ("[]", false), ("\"null\"", false), ("0", false)] {
            #expect(try JSONText.checked(Array(text.utf8)).get().isNull == isNull)
        }
    }
}

extension String {
    fileprivate var asError: Told { Told(text: self) }
    fileprivate var bracketed: String { "[\(self)]" }
}

private struct Told: Error, Equatable { var text: String }
