// SPDX-License-Identifier: Apache-2.0

/// Reads a JSON document strictly: nothing that RFC 8259 does not allow, UTF-8 that is well formed, bounded nesting.
struct JSONReader {
    /// How deep arrays and objects may nest.
    static let maximumDepth = 128

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The document in the bytes; there may be nothing but white space around it.
    static func read(_ bytes: [UInt8]) throws(CodecError) -> JSONValue {
        var reader = JSONReader(bytes)
        reader.skipSpace()
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        if reader.index < bytes.count { throw reader.error("expected the end of the document") }
        return value
    }

    private mutating func value(depth: Int) throws(CodecError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some(0x30...0x39), UInt8(ascii: "-"): return .number(try number())
        default: throw error("expected a value")
        }
    }

    private mutating func object(depth: Int) throws(CodecError) -> JSONValue {
        index += 1
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member's name") }
            let name = try string()
            skipSpace()
            guard take(":") else { throw error("expected a colon") }
            skipSpace()
            members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("expected a comma or the object's end") }
            skipSpace()
        }
    }

    private mutating func array(depth: Int) throws(CodecError) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw error("expected a comma or the array's end") }
            skipSpace()
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(CodecError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        let isSame = word.withUTF8Buffer { bytes[index...].prefix(count).elementsEqual($0) }
        guard isSame else { throw error("expected \(word)") }
        index += count
        return value
    }

    private mutating func number() throws(CodecError) -> String {
        let start = index
        _ = take("-")
        if take("0") {
            if isDigit(peek) { throw error("a number has no leading zero") }
        } else {
            try digits()
        }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(CodecError) {
        guard isDigit(peek) else { throw error("expected a digit") }
        while isDigit(peek) { index += 1 }
    }
}

// MARK: - Strings

extension JSONReader {
    private mutating func string() throws(CodecError) -> String {
        index += 1
        let start = index
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { index += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { index += 1 }
            return try text(bytes[start..<index], at: start)
        }
        var content = Array(bytes[start..<index])
        while true {
            guard let byte = peek else { throw error("expected the string's end") }
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(content[...], at: start)
            case UInt8(ascii: "\\"): try escape(into: &content)
            case 0..<0x20:
                index -= 1
                throw error("a control character in a string must be escaped")
            default: content.append(byte)
            }
        }
    }

    private func text(_ content: ArraySlice<UInt8>, at start: Int) throws(CodecError) -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw CodecError("a string is not UTF-8", at: start)
        }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(CodecError) {
        guard let byte = peek else { throw error("expected the string's end") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: Array(Character(try scalar()).utf8))
        default:
            index -= 1
            throw error("no such escape")
        }
    }

    /// The character of one `\uXXXX`, or of two that make a pair.
    private mutating func scalar() throws(CodecError) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, take("\\"), take("u") else { throw error("half of a surrogate pair") }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        else { throw error("half of a surrogate pair") }
        return scalar
    }

    private mutating func codeUnit() throws(CodecError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek else { throw error("expected four hexadecimal digits") }
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x57)
            default: throw error("expected four hexadecimal digits")
            }
            index += 1
        }
        return unit
    }
}

// MARK: - Bytes

extension JSONReader {
    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private func error(_ message: String) -> CodecError { CodecError(message, at: index) }
}
