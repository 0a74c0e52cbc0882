// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

struct XMLReaderTests {
    private static func read(_ text: String) throws(CodecError) -> XMLElement { try XMLReader.read(Array(text.utf8)) }

    @Test func `elements, text, entities and character data are read`() throws {
        let root = try Self.read(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <a xmlns="https://x.example/" id="1">
              <b>one &amp; &lt;two&gt; &#233;&#x1F600;</b><b/>
              <c><d> kept </d><e><![CDATA[<raw> & ]]></e></c><!-- no -->
            </a>
            """)
        #expect(root.name == "a")
        #expect(root.text.isEmpty)
        #expect(root.children.map(\.name) == ["b", "b", "c"])
        #expect(root["b"]?.text == "one & <two> é😀")
        #expect(root.find("c", "d")?.text == " kept ")
        #expect(root.find("c", "e")?.text == "<raw> & ")
        #expect(root.find("c", "x") == nil)
    }

    @Test(arguments: [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1/x.dtd\"><a/>",
        "<!DOCTYPE a [<!ENTITY % p \"<!ENTITY x 'y'>\"> %p;]><a>&x;</a>",
    ])
    func `a document type declaration is refused, and with it all entities`(_ text: String) {
        let error = #expect(throws: CodecError.self) { try Self.read(text) }
        #expect(error?.message == "a document type declaration is not accepted")
    }

    @Test func `an attack by nested entities ends before anything grows`() {
        var text = "<!DOCTYPE a [<!ENTITY e0 \"lollollol\">"
        for level in 1..<10 {
            text += "<!ENTITY e\(level) \"\(String(repeating: "&e\(level - 1);", count: 10))\">"
        }
        #expect(throws: CodecError.self) { try Self.read(text + "]><a>&e9;</a>") }
    }

    @Test(arguments: [
        "", " ", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&x;</a>", "<a>&#0;</a>", "<a b=1/>", "<a b='1' b='2'/>",
        "<a>\u{1}</a>", "<?xml version=\"1.0\" encoding=\"EBCDIC\"?><a", "<a/>x", "{}",
    ])
    func `what is not XML is refused`(_ text: String) {
        #expect(throws: CodecError.self) { try Self.read(text) }
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(throws: CodecError.self) { try XMLReader.read([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E]) }
        #expect(throws: CodecError.self) { try XMLReader.read([]) }
    }

    @Test func `nesting is bounded`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        _ = try Self.read(nested(XMLReader.maximumDepth))
        let error = #expect(throws: CodecError.self) { try Self.read(nested(XMLReader.maximumDepth + 1)) }
        #expect(error?.message.contains("nested deeper") == true)
    }

    @Test func `a reader that refused one document reads the next`() throws {
        for _ in 0..<50 {
            #expect(throws: CodecError.self) { try Self.read("<a><b>left over</b><!DOCTYPE") }
            #expect(throws: CodecError.self) { try Self.read("<!DOCTYPE a><a/>") }
            #expect(try Self.read("<a>x</a>") == XMLElement(name: "a", text: "x"))
        }
    }
}
