// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

struct JSONReaderTests {
    private static func read(_ text: String) throws(CodecError) -> JSONValue { try JSONReader.read(Array(text.utf8)) }

    @Test func `every kind of value is read`() throws {
        let text = #" {"a": [1, -2.50e+3, true, false, null], "b": {"c": "x"}, "d": {}, "e": [ ] } "#
        let value = try Self.read(text)
        #expect(value["a"] == .array([.number("1"), .number("-2.50e+3"), .bool(true), .bool(false), .null]))
        #expect(value["b"]?["c"]?.string == "x")
        #expect(value["d"] == .object([]))
        #expect(value["e"]?.array == [])
        #expect(value["absent"] == nil)
        #expect(value["a"]?["b"] == nil)
    }

    @Test(arguments: [
        (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
        (#""\ud83d\ude00""#, "😀"), ("\"é😀\"", "é😀"), (#""\u0000""#, "\0"),
    ])
    func `strings are read with their escapes`(_ text: String, _ expected: String) throws {
        #expect(try Self.read(text).string == expected)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "tru", "[1,]", "[1 2]", "[", "]", "{", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{a:1}",
        "01", "-", "1.", ".5", "1e", "+1", "0x1", "NaN", "Infinity", "'a'", "\"a", #""\x""#, #""\u12g4""#, #""\ud800""#,
        #""\ud800\u0041""#, #""\udc00""#, "\"a\nb\"", "\"\t\"", "1 1", "{} {}", "\u{feff}{}", "// x\n1",
    ])
    func `what RFC 8259 does not allow is refused`(_ text: String) {
        #expect(throws: CodecError.self) { try Self.read(text) }
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
        ] {
            #expect(throws: CodecError.self) { try JSONReader.read(bytes) }
        }
    }

    @Test func `nesting is bounded`() throws {
        let deepest = JSONReader.maximumDepth
        _ = try Self.read(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest))
        #expect(throws: CodecError.self) {
            try Self.read(String(repeating: "[", count: deepest + 1) + String(repeating: "]", count: deepest + 1))
        }
        #expect(throws: CodecError.self) { try Self.read(String(repeating: "[{\"a\":", count: 500_000)) }
    }

    @Test func `an error says where it is`() {
        #expect(throws: CodecError("expected a value", at: 4)) { try Self.read("[1, x]") }
    }

    @Test func `what the writer writes the reader reads`() throws {
        let value = JSONValue.object([
            .init(name: "text \"\\\u{1}é😀\n", value: .string("a\u{1f}\u{7f}/")),
            .init(name: "list", value: .array([.number("12.5"), .bool(false), .null, .object([])])),
        ])
        var writer = JSONWriter()
        writer.write(value)
        #expect(try JSONReader.read(writer.bytes) == value)
        #expect(JSONWriter.object(["a": "b", "c": nil]) == Array(#"{"a":"b"}"#.utf8))
        #expect(JSONWriter.object(["c": nil]) == Array("{}".utf8))
    }
}
