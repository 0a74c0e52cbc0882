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

    /// The value as one line of JSON, in Python's spelling of numbers; moments and bytes as texts.
    ///
    /// - Parameter ascii: whether all but ASCII is escaped, as Python's `json.dumps` does.
    func jsonText(ascii: Bool = false) -> String {
        var text = ""
        write(to: &text, ascii: ascii)
        return text
    }

    private func write(to text: inout String, ascii: Bool) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += "\(value)"
        case .double(let value): text += "\(value)"
        case .string(let value): Self.write(value, to: &text, ascii: ascii)
        case .blob(let bytes): Self.write(Base64.encode(bytes), to: &text, ascii: ascii)
        case .timestamp(let seconds): Self.write(Timestamp.text(seconds), to: &text, ascii: ascii)
        case .list(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text, ascii: ascii)
            }
            text += "]"
        case .structure(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.name, to: &text, ascii: ascii)
                text += ":"
                member.value.write(to: &text, ascii: ascii)
            }
            text += "}"
        }
    }

    private static func write(_ string: String, to text: inout String, ascii: Bool) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{C}": text += "\\f"
            default:
                if scalar.value < 0x20 || (ascii && scalar.value > 0x7E) {
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
