// SPDX-License-Identifier: Apache-2.0

/// Values and types as Python shows them, which is how botocore's messages show them.
enum PythonText {
    /// What `str` gives.
    static func text(_ value: AWSValue) -> String { value.string ?? literal(value) }

    /// What `type` gives.
    static func type(_ value: AWSValue) -> String {
        let name =
            switch value {
            case .null: "NoneType"
            case .bool: "bool"
            case .integer: "int"
            case .double: "float"
            case .string: "str"
            case .blob: "bytes"
            case .timestamp: "datetime.datetime"
            case .list: "list"
            case .structure: "dict"
            }
        return "<class '\(name)'>"
    }

    /// What `repr` gives.
    static func literal(_ value: AWSValue) -> String {
        switch value {
        case .null: return "None"
        case .bool(let truth): return truth ? "True" : "False"
        case .integer(let number): return "\(number)"
        case .double(let number):
            return number.isNaN ? "nan" : number.isInfinite ? (number < 0 ? "-inf" : "inf") : "\(number)"
        case .string(let text): return literal(text)
        case .blob(let bytes): return "b" + quoted(bytes.map { Unicode.Scalar($0) }, isText: false)
        case .timestamp(let seconds): return Timestamp.text(seconds)
        case .list(let elements): return "[" + elements.map(literal).joined(separator: ", ") + "]"
        case .structure(let members):
            return "{" + members.map { "\(literal($0.name)): \(literal($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    private static func literal(_ text: String) -> String { quoted(Array(text.unicodeScalars), isText: true) }

    private static func quoted(_ scalars: [Unicode.Scalar], isText: Bool) -> String {
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = String.UnicodeScalarView([quote])
        for scalar in scalars {
            switch scalar {
            case quote, "\\": result += ["\\", scalar]
            case "\n": result += "\\n".unicodeScalars
            case "\r": result += "\\r".unicodeScalars
            case "\t": result += "\\t".unicodeScalars
            case " "..."~": result.append(scalar)
            default:
                if isText, scalar.value > 0xA0 {
                    result.append(scalar)
                } else {
                    let digits = String(scalar.value, radix: 16)
                    result += ("\\x" + (digits.count < 2 ? "0" : "") + digits).unicodeScalars
                }
            }
        }
        result.append(quote)
        return String(result)
    }
}
