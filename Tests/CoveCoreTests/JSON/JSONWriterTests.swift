// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@Suite struct JSONWriterTests {
    private static func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `commas stand between members and elements, and nowhere else`() {
        let text = Self.written { writer in
            writer.beginObject()
            writer.key("a")
            writer.beginArray()
            writer.endArray()
            writer.key("b")
            writer.beginArray()
            writer.number(1)
            writer.beginObject()
            writer.endObject()
            writer.bool(true)
            writer.bool(false)
            writer.null()
            writer.string("x")
            writer.beginArray()
            writer.seconds(milliseconds: 1)
            writer.value(JSONText(string: "y"))
            writer.endArray()
            writer.endArray()
            writer.member("c", "d" as String?)
            writer.member("left out", nil as String?)
            writer.member("e", 5)
            writer.member("left out", nil as Int?)
            writer.member(named: "f\"", "g\n")
            writer.key("h")
            writer.null()
            writer.endObject()
        }
        #expect(
            text == #"{"a":[],"b":[1,{},true,false,null,"x",[0.001,"y"]],"c":"d","e":5,"f\"":"g\n","h":null}"#)
        #expect(JSONTextTests.isValid(Array(text.utf8)))
    }

    @Test func `a new value begins without a comma`() {
        var writer = JSONWriter()
        writer.number(1)
        writer.reset()
        #expect(writer.bytes.isEmpty)
        writer.number(2)
        #expect(writer.bytes == Array("2".utf8))
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func `numbers are written in full`(value: Int64) {
        #expect(Self.written { $0.number(value) } == "\(value)")
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.001"), (10, "0.01"), (100, "0.1"), (250, "0.25"), (999, "0.999"), (1_000, "1"),
            (1_005, "1.005"),
            (1_050, "1.05"), (12_000, "12"), (90_120, "90.12"), (-5, "0"), (.min, "0"), (.max, "9223372036854775.807"),
        ] as [(Int64, String)])
    func `seconds have as many decimals as they need`(milliseconds: Int64, text: String) {
        #expect(Self.written { $0.seconds(milliseconds: milliseconds) } == text)
    }
}
