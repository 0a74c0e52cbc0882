// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// Reads JSON of a known shape from front to back, without values in between.
///
/// It takes less than JSON allows: what it does not take (fields that are not known, given twice or null, escapes of surrogates, numbers
/// with fractions) is a `Mismatch`, and the reader of all JSON decides. What it takes, that reader takes too, as the same value.
struct JSONCursor {
    /// The text is not of the shape that was asked for; what it is instead is for others to find out.
    struct Mismatch: Error {}

    /// A place in the text: a string without escapes, or a whole value.
    typealias Place = Range<Int>

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    // MARK: Structure

    /// Reads an object; `member` reads the value of each key.
    mutating func object(_ member: (Place, inout JSONCursor) throws(Mismatch) -> Void) throws(Mismatch) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try plainString()
            try expect(":")
            try member(key, &self)
        } while take(",")
        try expect("}")
    }

    /// Reads an array; `element` reads each of its values.
    mutating func array(_ element: (inout JSONCursor) throws(Mismatch) -> Void) throws(Mismatch) {
        try expect("[")
        if take("]") { return }
        repeat { try element(&self) } while take(",")
        try expect("]")
    }

    /// Nothing but white space may follow.
    mutating func end() throws(Mismatch) {
        skipSpace()
        if index < bytes.count { throw Mismatch() }
    }

    mutating func expect(_ scalar: Unicode.Scalar) throws(Mismatch) { if !take(scalar) { throw Mismatch() } }

    /// Whether a sign comes next; then it is taken.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while index < bytes.count, JSONText.isSpace(bytes[index]) { index += 1 }
    }

    // MARK: Places

    /// Whether a string is this text.
    func text(at place: Place, is text: StaticString) -> Bool {
        place.count == text.utf8CodeUnitCount && text.withUTF8Buffer { $0.elementsEqual(bytes[place]) }
    }

    /// The bytes of a place.
    func bytes(at place: Place) -> ArraySlice<UInt8> { bytes[place] }

    /// A string without escapes, without its quotes.
    mutating func plainString() throws(Mismatch) -> Place {
        try expect("\"")
        let start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return start..<index - 1
            case UInt8(ascii: "\\"), 0..<0x20: throw Mismatch()
            default: index += 1
            }
        }
        throw Mismatch()
    }

    /// A value of any kind, of which nothing is known but where it ends.
    mutating func value() throws(Mismatch) -> Place {
        skipSpace()
        let start = index
        var depth = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return start..<index }
                depth -= 1
                if depth == 0 {
                    index += 1
                    return start..<index
                }
            case UInt8(ascii: ","): if depth == 0 { return start..<index }
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
            default: break
            }
            index += 1
        }
        throw Mismatch()
    }

    // MARK: Values

    /// A number without fraction and exponent.
    mutating func integer() throws(Mismatch) -> Int64 {
        let isNegative = take("-")
        let start = index
        var value: Int64 = 0
        while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
            value = try Self.appending(bytes[index], to: value)
            index += 1
        }
        guard index > start, bytes[start] != UInt8(ascii: "0") || index == start + 1, index < bytes.count else {
            throw Mismatch()
        }
        switch bytes[index] {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw Mismatch()
        default: break
        }
        if isNegative, value == 0 { throw Mismatch() }
        return isNegative ? -value : value
    }

    private static func appending(_ digit: UInt8, to value: Int64) throws(Mismatch) -> Int64 {
        let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, isOver) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
        if isTooLarge || isOver { throw Mismatch() }
        return sum
    }

    /// A string.
    mutating func string() throws(Mismatch) -> String {
        guard let text = String(validating: try stringBytes(), as: UTF8.self) else { throw Mismatch() }
        return text
    }

    /// The bytes of a string, without quotes and escapes; they may be no UTF-8.
    mutating func stringBytes() throws(Mismatch) -> [UInt8] {
        try expect("\"")
        var text: [UInt8] = []
        var start = index
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[start..<index])
                index += 1
                return text
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[start..<index])
                try escape(into: &text)
                start = index
            case 0..<0x20: throw Mismatch()
            default: index += 1
            }
        }
        throw Mismatch()
    }

    private mutating func escape(into text: inout [UInt8]) throws(Mismatch) {
        guard index + 1 < bytes.count else { throw Mismatch() }
        let letter = bytes[index + 1]
        index += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard index + 4 <= bytes.count else { throw Mismatch() }
            var value: UInt32 = 0
            for digit in bytes[index..<index + 4] {
                guard let digit = Character(Unicode.Scalar(digit)).hexDigitValue else { throw Mismatch() }
                value = value << 4 | UInt32(digit)
            }
            index += 4
            // Half a pair is no scalar: pairs are left to the reader of all JSON.
            guard let scalar = Unicode.Scalar(value) else { throw Mismatch() }
            text.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        default: throw Mismatch()
        }
    }

    /// A lease's token.
    mutating func token() throws(Mismatch) -> LeaseToken {
        let place = try plainString()
        var parts = (Int64(0), Int64(0), Int64(0))
        var count = 0
        var start = place.lowerBound
        for end in place.lowerBound...place.upperBound {
            guard end == place.upperBound || bytes[end] == UInt8(ascii: ".") else { continue }
            let digits = bytes[start..<end]
            guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1, count < 3 else {
                throw Mismatch()
            }
            var value: Int64 = 0
            for digit in digits {
                guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { throw Mismatch() }
                value = try Self.appending(digit, to: value)
            }
            switch count {
            case 0: parts.0 = value
            case 1: parts.1 = value
            default: parts.2 = value
            }
            count += 1
            start = end + 1
        }
        guard count == 3 else { throw Mismatch() }
        return LeaseToken(task: TaskID(parts.0), epoch: parts.1, generation: parts.2)
    }
}

extension JSONCursor {
    /// An object or array that is rare enough to be read by Codable.
    mutating func decoded<Value: Decodable>(_ type: Value.Type, _ decoder: JSONDecoder) throws(Mismatch) -> Value {
        let text = bytes(at: try value())
        // Other encodings than UTF-8 would be recognized.
        guard text.count >= 2, text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "["),
            text[text.startIndex + 1] != 0, let value = try? decoder.decode(type, from: Data(text))
        else { throw Mismatch() }
        return value
    }
}

extension Optional {
    /// Fills an empty place; a second value is a mismatch.
    mutating func fill(_ value: Wrapped) throws(JSONCursor.Mismatch) {
        if self != nil { throw JSONCursor.Mismatch() }
        self = value
    }

    /// The value, which must be there.
    func filled() throws(JSONCursor.Mismatch) -> Wrapped {
        guard let self else { throw JSONCursor.Mismatch() }
        return self
    }
}
