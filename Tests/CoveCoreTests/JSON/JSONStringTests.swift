// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Testing

/// Strings: how text becomes JSON and JSON becomes text.
@Suite struct JSONStringTests {
    @Test(arguments: [
        (#""""#, ""), (#""a""#, "a"), (#""é😀""#, "é😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00!""#, "😀!"), (#""\uD83D\uDE00""#, "😀"), (#""\u0000""#, "\0"),
        (#""\ud800""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"), (#""\udc00""#, "\u{FFFD}"),
        (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud800\n""#, "\u{FFFD}\n"),
        (#""\\u0041""#, "\\u0041"), (#""\\""#, "\\"), (#""\\\\""#, "\\\\"), (#""a\"""#, "a\""),
        (#""\udbff\udfff\ud800\udc00""#, "\u{10FFFF}\u{10000}"),
    ])
    func `the text of a string`(json: String, text: String) throws {
        #expect(try JSONText.checked(Array(json.utf8)).get().stringValue == text)
    }

    @Test(arguments: ["null", "true", "0", "[]", "{}", #"["a"]"#, #"{"a":"b"}"#])
    func `other values have no text`(json: String) throws {
        #expect(try JSONText.checked(Array(json.utf8)).get().stringValue == nil)
    }

    @Test(arguments: [
        ("", #""""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{8}\u{C}\u{1F}", #""\u0000\u0008\u000c\u001f""#),
        ("/é😀\u{7F}\u{2028}", "\"/é😀\u{7F}\u{2028}\""), ("\r\n", #""\r\n""#), ("e\u{301}", "\"e\u{301}\""),
    ])
    func `text as a string, with the escapes that must be`(text: String, json: String) throws {
        #expect(JSONText(string: text).text == json)
        #expect(JSONText(string: text).stringValue == text)
        #expect(try JSONText.checked(JSONText(string: text).utf8).get() == JSONText(string: text))
    }

    @Test func `every scalar goes there and back, and Foundation reads the same`() throws {
        let decoder = JSONDecoder()
        for start in stride(from: UInt32(0), to: 0x110000, by: 0x1000) {
            let scalars = (start..<start + 0x1000).compactMap { Unicode.Scalar($0) }
            let text = String(String.UnicodeScalarView(scalars))
            let json = JSONText(string: text)
            #expect(json.stringValue?.utf8.elementsEqual(text.utf8) == true)
            let read = try decoder.decode([String].self, from: Data("[\(json.text)]".utf8))
            #expect(read.first?.utf8.elementsEqual(text.utf8) == true)
        }
    }

    @Test func `a value travels as a string that holds it, byte for byte`() throws {
        let value = try JSONText.checked(Array(#"{"b": 1.0, "a" : "\u00e9/"}"#.utf8)).get()
        let coded = #"["{\"b\": 1.0, \"a\" : \"\\u00e9/\"}"]"#
        #expect(try CodedForm.text([value]) == coded)
        #expect(try CodedForm.value([JSONText].self, coded) == [value])
    }

    @Test func `a value that is not JSON is refused when it is read`() {
        #expect(CodedForm.problem([JSONText].self, #"["{"]"#) == "found the end, expected a key in quotes at byte 1")
        #expect(CodedForm.problem([JSONText].self, "[{}]") != nil)
        #expect(CodedForm.problem([JSONText].self, #"[""]"#) == "found the end, expected a value at byte 0")
    }
}
