// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

extension MutationTests {
    /// The readers of whole documents, with damaged ones.
    @Suite struct DocumentMutationTests {
        static let jsonWords = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud800", "\\u0000", "1e999", "-", "null", "[[[[[[[[", "{\"\":",
            "\0", "\u{7F}", "9223372036854775808", "0", "é", " ",
        ]

        @Test func `damaged JSON is read or refused, and what is read is written and read again`() async {
            let corpus = [
                #"{"Accounts":[{"Id":"111111111111","Name":"a\u00e9\n","JoinedTimestamp":1.5e3,"State":null},{"Flags":[true,false,[],{}]}],"NextToken":"dG9rZW4="}"#,
                #"[[[[]]],{"k":{}},"",0.5,-0,1E+2,12345678901234567890]"#,
                #"{"é":{"b":"\ud83d\ude00\"x"},"":[-12.75e-10]}"#,
            ]
            await Mutations("JSON", seed: 1, corpus, words: Self.jsonWords).run { bytes in
                let value = AWSValue(json: try JSONReader.read(bytes))
                #expect(value.depth <= JSONReader.maximumDepth)
                let again = try? JSONReader.read(value.json)
                #expect(again.map { AWSValue(json: $0).json } == value.json)
                return value.weight
            }
        }

        @Test func `damaged XML is read or refused`() async {
            let corpus = [
                """
                <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>\
                <Arn>arn:aws:sts::1:assumed-role/r&amp;x/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA</AccessKeyId>\
                <!-- c --><Expiration>2026-11-21T00:00:00Z</Expiration><![CDATA[x]]></Credentials></AssumeRoleResult>\
                </AssumeRoleResponse>
                """,
                #"<?xml version="1.0" encoding="UTF-8"?><a b="1" xmlns:c='d'><c:e f="&lt;">&#233;</c:e><g/> <g>x</g></a>"#,
            ]
            let words = [
                "<", ">", "&", "<!DOCTYPE a [", "<!ENTITY x 'y'>", "]]>", "<a>", "</a>", "&x;", "<?xml ", "\0",
                "&#xD800;",
                "&#65;", " b='1'", "/>", "<![CDATA[", "<!--", "é", "\u{FEFF}",
            ]
            await Mutations("XML", seed: 2, corpus, words: words).run { bytes in
                let root = try XMLReader.read(bytes)
                #expect(root.depth <= XMLReader.maximumDepth)
                return root.weight
            }
        }

        @Test func `damaged CBOR is read or refused`() async {
            let corpus: [[UInt8]] = [
                // {"Users": [{"Name": "é", "Age": 2^32, "Id": h'0102'}, null, true], "Next": -1}, lengths known
                [0xA2, 0x65] + Array("Users".utf8) + [0x83, 0xA3, 0x64] + Array("Name".utf8) + [0x62, 0xC3, 0xA9, 0x63]
                    + Array("Age".utf8) + [0x1B, 0, 0, 0, 1, 0, 0, 0, 0, 0x62] + Array("Id".utf8) + [
                        0x42, 1, 2, 0xF6, 0xF5,
                    ]
                    + [0x64] + Array("Next".utf8) + [0x20],
                // {_ "a": [_ 1(1.5), 1.5 in 16, 32 and 64 bits], "b": (_ "x", "y")}, lengths unknown
                [
                    0xBF, 0x61, 0x61, 0x9F, 0xC1, 0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xF9, 0x3E, 0, 0xFA, 0x3F, 0xC0,
                    0, 0,
                ]
                    + [0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0xFF, 0x61, 0x62, 0x7F, 0x61, 0x78, 0x61, 0x79, 0xFF, 0xFF],
            ]
            let words: [[UInt8]] = [
                [0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0xBB, 0, 0, 0, 1, 0, 0, 0, 0],
                [0x5A, 0xFF, 0xFF, 0xFF, 0xFF],
                [0x7B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x9F], [0xBF], [0xFF], [0xC1],
                [0xF9, 0x7C, 0],
                [0xF9, 0x7E, 0],
                [0xFB, 0x7F, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                [0xC1, 0xFB, 0x7F, 0xEF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                [0x3B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x60], [0x80], [0xA0], [0x1C],
                [0x5F, 0x41, 0],
                [0xD8, 0x20],
            ]
            await Mutations("CBOR", seed: 3, corpus, words: words).run { bytes in
                let value = try CBORReader.read(bytes)
                #expect(value.depth <= CBORReader.maximumDepth)
                #expect(value.isWritable)
                return value.weight
            }
        }

        @Test func `damaged gzip is refused, and what is unpacked on the way is bounded`() async throws {
            let corpus = try WireModel.all.map { try Packed.gzip(Array($0.text.utf8)) }
            let words: [[UInt8]] = [[0], [0xFF], [0x1F, 0x8B], [8, 0], [1, 0, 0, 0xFF, 0xFF], [0xED, 0xFD]]
            // Deflate makes 1,032 bytes of one at the most.
            await Mutations("gzip", seed: 4, corpus, words: words).run(factor: 1_032, isChecked: true) {
                try Gzip.unpack($0).count
            }
        }

        @Test func `10,000 levels are refused by every reader`() throws {
            func nested(_ open: String, _ close: String) -> [UInt8] {
                Array((String(repeating: open, count: 10_000) + String(repeating: close, count: 10_000)).utf8)
            }
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let error = #expect(throws: CodecError.self) { try JSONReader.read(nested(open, close)) }
                #expect(error?.message.contains("nested deeper") == true)
                #expect(throws: AWSError.self) { try EndpointRuleset(nested(open, close)) }
                #expect(throws: AWSError.self) { try ServiceModel(name: "x", nested(open, close)) }
            }
            let error = #expect(throws: CodecError.self) { try XMLReader.read(nested("<a>", "</a>")) }
            #expect(error?.message.contains("nested deeper") == true)
            for start: [UInt8] in [[0x81], [0x9F], [0xA1, 0x60], [0xBF, 0x60], [0xC1], [0xA1]] {
                let bytes = Array(repeatElement(start, count: 10_000).joined()) + [0]
                let error = #expect(throws: CodecError.self) { try CBORReader.read(bytes) }
                #expect(error?.message.contains("nested deeper") == true)
            }
        }

        @Test func `entities that multiply are refused before they do`() {
            var levels = "<!DOCTYPE a [<!ENTITY e0 \"lol\">"
            for level in 1...30 { levels += "<!ENTITY e\(level) \"&e\(level - 1);&e\(level - 1);\">" }
            let long = String(repeating: "x", count: 1 << 16)
            for text in [
                levels + "]><a>&e30;</a>", levels + "]><a b=\"&e30;\"/>",
                "<!DOCTYPE a [<!ENTITY x \"\(long)\">]><a>\(String(repeating: "&x;", count: 10_000))</a>",
                "<!DOCTYPE a [<!ATTLIST a b CDATA \"\(long)\">]><a/>",
            ] {
                let error = #expect(throws: CodecError.self) { try XMLReader.read(Array(text.utf8)) }
                #expect(error?.message == "a document type declaration is not accepted")
            }
        }

        @Test func `a gzip bomb is refused at the limit`() throws {
            let bomb = try Packed.gzip([UInt8](repeating: 0x20, count: Gzip.limit + 1))
            #expect(bomb.count < Gzip.limit / 500)
            let error = #expect(throws: CodecError.self) { try Gzip.unpack(bomb) }
            #expect(error?.message.contains("larger than") == true)
        }

        @Test func `lengths that no bytes follow are refused without making room for them`() {
            for bytes: [UInt8] in [
                [0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                [0xBB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                [0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
                [0x7B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            ] {
                #expect(throws: CodecError.self) { try CBORReader.read(bytes) }
            }
        }
    }
}
