// SPDX-License-Identifier: Apache-2.0

extension AWSValue {
    /// A JSON document as a value.
    init(json: JSONValue) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .number(let text):
            if let value = Int64(text) { self = .integer(value) } else { self = .double(Double(text) ?? .nan) }
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { AWSValue(json: $0) })
        case .object(let members):
            var result = AWSMembers(capacity: members.count)
            for member in members { result[member.name] = AWSValue(json: member.value) }
            self = .structure(result)
        }
    }

    /// How JSON is written where there is a choice.
    struct JSONStyle: OptionSet, Sendable {
        let rawValue: Int
        /// All but ASCII is escaped, as Python's `json.dumps` does.
        static let ascii = JSONStyle(rawValue: 1)
        /// A space stands after commas and colons, as Python's `json.dumps` has it.
        static let spaced = JSONStyle(rawValue: 2)
    }

    /// The value as JSON in one line, as the AWS CLI writes results: members in their order, moments as
    /// `2026-11-21T00:10:00+00:00`, bytes as base64.
    ///
    /// A number that JSON has no form for is a string: `"NaN"`, `"Infinity"`, `"-Infinity"`.
    package var json: [UInt8] { json(style: []) }

    /// What `json` says, unless it has more than so many bytes: then nil, found out without writing them all.
    package func json(atMost limit: Int) -> [UInt8]? { json(style: [], atMost: limit) }

    /// The value as JSON in one line; what `json` says, in another style.
    func json(style: JSONStyle) -> [UInt8] { json(style: style, atMost: .max) ?? [] }

    /// The value as JSON in one line; nil when it has more than so many bytes.
    func json(style: JSONStyle, atMost limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        write(to: &bytes, style, limit)
        return bytes.count <= limit ? bytes : nil
    }

    /// The value as the text of `json`.
    func jsonText(style: JSONStyle = []) -> String { String(decoding: json(style: style), as: UTF8.self) }

    /// Writes until the limit is passed.
    private func write(to bytes: inout [UInt8], _ style: JSONStyle, _ limit: Int) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            if value.isFinite {
                bytes.append(contentsOf: "\(value)".utf8)
            } else {
                Self.write(WireText.text(value), to: &bytes, style)
            }
        case .string(let value): Self.write(value, to: &bytes, style)
        case .blob(let value): Self.write(Base64.encode(value), to: &bytes, style)
        case .timestamp(let seconds): Self.write(Timestamp.text(seconds), to: &bytes, style)
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { Self.separate(UInt8(ascii: ","), in: &bytes, style) }
                element.write(to: &bytes, style, limit)
                if bytes.count > limit { return }
            }
            bytes.append(UInt8(ascii: "]"))
        case .structure(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { Self.separate(UInt8(ascii: ","), in: &bytes, style) }
                Self.write(member.name, to: &bytes, style)
                Self.separate(UInt8(ascii: ":"), in: &bytes, style)
                member.value.write(to: &bytes, style, limit)
                if bytes.count > limit { return }
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func separate(_ mark: UInt8, in bytes: inout [UInt8], _ style: JSONStyle) {
        bytes.append(mark)
        if style.contains(.spaced) { bytes.append(0x20) }
    }

    private static func write(_ string: String, to bytes: inout [UInt8], _ style: JSONStyle) {
        bytes.append(UInt8(ascii: "\""))
        if style.contains(.ascii) {
            for unit in string.utf16 { escape(unit, to: &bytes) }
        } else {
            for byte in string.utf8 {
                if byte < 0x7F { escape(UInt16(byte), to: &bytes) } else { bytes.append(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ unit: UInt16, to bytes: inout [UInt8]) {
        switch unit {
        case 0x22, 0x5C: bytes += [0x5C, UInt8(unit)]
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0x08: bytes.append(contentsOf: "\\b".utf8)
        case 0x0C: bytes.append(contentsOf: "\\f".utf8)
        case 0x20...0x7E: bytes.append(UInt8(unit))
        default:
            let digits = String(unit, radix: 16)
            bytes.append(contentsOf: "\\u".utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
            bytes.append(contentsOf: digits.utf8)
        }
    }
}
