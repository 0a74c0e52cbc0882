// SPDX-License-Identifier: Apache-2.0

/// Writes JSON documents.
struct JSONWriter {
    /// What was written.
    private(set) var bytes: [UInt8] = []

    /// Makes an empty writer.
    init() {}

    /// The bytes of an object of strings; members without a value are left out.
    static func object(_ members: KeyValuePairs<String, String?>) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(
            .object(
                members.compactMap { member in
                    member.value.map { JSONValue.Member(name: member.key, value: .string($0)) }
                }))
        return writer.bytes
    }

    /// Writes a value.
    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let truth): bytes.append(contentsOf: (truth ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): write(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.name)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends text that is JSON already.
    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Writes a string.
    mutating func string(_ text: String) { write(text) }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                Hexadecimal.append([byte], to: &bytes)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
