// SPDX-License-Identifier: Apache-2.0

/// Writes JSON into a byte array, without values in between.
///
/// Commas are its own business; that keys and values alternate is its caller's. Nothing is escaped that RFC 8259 does not ask for.
package struct JSONWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    /// Forgets what was written and keeps the memory, for the next value.
    package mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func beginObject() { begin("{") }
    package mutating func endObject() { end("}") }
    package mutating func beginArray() { begin("[") }
    package mutating func endArray() { end("]") }

    package mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: "\":".utf8)
        needsComma = false
    }

    /// A member whose value is a list of texts, unless there is none.
    package mutating func list(_ name: StaticString, _ texts: [String]?) {
        guard let texts else { return }
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// A member whose name is only known when the program runs.
    package mutating func member(named name: String, _ text: String) {
        separate()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        quoted(text)
        needsComma = true
    }

    package mutating func string(_ text: String) {
        separate()
        quoted(text)
        needsComma = true
    }

    package mutating func number(_ value: Int64) {
        separate()
        bytes.append(contentsOf: String(value).utf8)
        needsComma = true
    }

    /// Seconds with three decimals at most: `0.25`, `12`.
    package mutating func seconds(milliseconds: Int64) {
        separate()
        let milliseconds = max(0, milliseconds)
        bytes.append(contentsOf: String(milliseconds / 1_000).utf8)
        var rest = milliseconds % 1_000
        if rest > 0 {
            bytes.append(UInt8(ascii: "."))
            var scale: Int64 = 100
            while rest > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(rest / scale))
                rest %= scale
                scale /= 10
            }
        }
        needsComma = true
    }

    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// A value that is JSON already.
    package mutating func value(_ json: JSONText) {
        separate()
        bytes.append(contentsOf: json.utf8)
        needsComma = true
    }

    private mutating func begin(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func end(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
