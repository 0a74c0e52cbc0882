// SPDX-License-Identifier: Apache-2.0

/// One JSON value (RFC 8259) as the UTF-8 bytes it was written in.
///
/// Results travel, are stored and are printed as they came: no number is rounded, no key is moved, no value takes memory as a
/// tree. Whoever makes one has checked the bytes, or written them itself.
public struct JSONText: Sendable, Hashable {
    /// The value's bytes, without white space before and after.
    public let utf8: [UInt8]

    /// Takes bytes that are known to be one JSON value.
    package init(trusted utf8: [UInt8]) { self.utf8 = utf8 }

    /// The JSON string that holds `text`.
    public init(string text: String) {
        var writer = JSONWriter()
        writer.string(text)
        utf8 = writer.bytes
    }

    /// Whether the value is `null`.
    public var isNull: Bool { utf8.elementsEqual("null".utf8) }

    /// The value as text.
    public var text: String { String(decoding: utf8, as: UTF8.self) }

    /// The text of a JSON string; nil when the value is of another kind.
    ///
    /// A lone surrogate becomes U+FFFD.
    public var stringValue: String? {
        guard utf8.first == UInt8(ascii: "\""), utf8.count >= 2 else { return nil }
        var bytes: [UInt8] = []
        var index = 1
        while index < utf8.count - 1 {
            guard utf8[index] == UInt8(ascii: "\\"), index + 1 < utf8.count - 1 else {
                bytes.append(utf8[index])
                index += 1
                continue
            }
            index += 2
            switch utf8[index - 1] {
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "u"): bytes.append(contentsOf: escapedScalar(&index))
            case let byte: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The UTF-8 of the `\u` escape whose digits begin at `index`, and of the second half of its pair.
    private func escapedScalar(_ index: inout Int) -> [UInt8] {
        func unit(at place: Int) -> UInt32? {
            guard place + 4 <= utf8.count else { return nil }
            return UInt32(String(decoding: utf8[place..<place + 4], as: UTF8.self), radix: 16)
        }
        guard let first = unit(at: index) else { return [] }
        index += 4
        var value = first
        if (0xD800..<0xDC00).contains(first), index + 6 <= utf8.count, utf8[index] == UInt8(ascii: "\\"),
            utf8[index + 1] == UInt8(ascii: "u"), let second = unit(at: index + 2), (0xDC00..<0xE000).contains(second)
        {
            index += 6
            value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        return Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
    }

    /// The value in `bytes`, once it is known to be one: valid UTF-8, one value of RFC 8259, at most `maximumDepth` containers deep.
    public static func checked(_ bytes: [UInt8], maximumDepth: Int = 512) -> Result<JSONText, JSONProblem> {
        var checker = JSONChecker(bytes, maximumDepth: maximumDepth)
        return checker.check().map { range in
            JSONText(trusted: range.count == bytes.count ? bytes : Array(bytes[range]))
        }
    }

    package static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}

extension JSONText: Codable {
    /// Reads the value from a string that holds it, and checks it.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        switch JSONText.checked(Array(try container.decode(String.self).utf8)) {
        case .success(let value): self = value
        case .failure(let problem):
            throw DecodingError.dataCorruptedError(in: container, debugDescription: problem.description)
        }
    }

    /// Writes the value as a string that holds it, so that the bytes stay what they are.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Why bytes are not a JSON value, and where.
public struct JSONProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was found there and what was expected.
    public let reason: String
    /// How many bytes stand before the place.
    public let offset: Int

    /// The reason and the place in one line.
    public var description: String { "\(reason) at byte \(offset)" }
}
