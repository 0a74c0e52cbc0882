// SPDX-License-Identifier: Apache-2.0

/// Reads CBOR (RFC 8949), with lengths known or not, numbers of every width, and the tag of moments.
struct CBORReader {
    /// How deep arrays, maps and tags may nest.
    static let maximumDepth = 128

    private let bytes: [UInt8]
    private var index = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The data item that the bytes are.
    static func read(_ bytes: [UInt8]) throws(CodecError) -> AWSValue {
        var reader = CBORReader(bytes)
        let value = try reader.item(depth: 0)
        guard reader.index == bytes.count else { throw reader.error("expected the end of the document") }
        return value
    }

    private mutating func item(depth: Int) throws(CodecError) -> AWSValue {
        guard depth < Self.maximumDepth else { throw error("nested deeper than \(Self.maximumDepth) levels") }
        let start = try byte()
        let information = start & 31
        switch start >> 5 {
        case 0:
            let number = try length(information)
            return Int64(exactly: number).map { .integer($0) } ?? .double(Double(number))
        case 1:
            let number = try length(information)
            return Int64(exactly: number).map { .integer(~$0) } ?? .double(-1 - Double(number))
        case 2: return .blob(try string(information, major: 2))
        case 3: return .string(try text(information))
        case 4: return try array(information, depth: depth)
        case 5: return try map(information, depth: depth)
        case 6: return try tagged(information, depth: depth)
        default: return try simple(information)
        }
    }

    private mutating func array(_ information: UInt8, depth: Int) throws(CodecError) -> AWSValue {
        var elements: [AWSValue] = []
        if information == 31 {
            while try !takeBreak() { elements.append(try item(depth: depth + 1)) }
        } else {
            var left = try length(information)
            while left > 0 {
                elements.append(try item(depth: depth + 1))
                left -= 1
            }
        }
        return .list(elements)
    }

    private mutating func map(_ information: UInt8, depth: Int) throws(CodecError) -> AWSValue {
        var members = AWSMembers()
        var left = information == 31 ? UInt64.max : try length(information)
        while left > 0 {
            if information == 31, try takeBreak() { break }
            let place = index
            guard case .string(let name) = try item(depth: depth + 1) else {
                throw CodecError("a map's key is no text", at: place)
            }
            members[name] = try item(depth: depth + 1)
            left -= 1
        }
        return .structure(members)
    }

    private mutating func tagged(_ information: UInt8, depth: Int) throws(CodecError) -> AWSValue {
        let place = index
        let tag = try length(information)
        let value = try item(depth: depth + 1)
        guard tag == 1, let seconds = value.double, Timestamp.range.contains(seconds) else {
            throw CodecError("tag \(tag) with \(value.jsonText()), expected a moment", at: place)
        }
        return .timestamp(seconds)
    }

    private mutating func simple(_ information: UInt8) throws(CodecError) -> AWSValue {
        switch information {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22, 23: return .null
        case 25: return .double(Self.half(UInt16(truncatingIfNeeded: try number(2))))
        case 26: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try number(4)))))
        case 27: return .double(Double(bitPattern: try number(8)))
        default: throw error("no such simple value")
        }
    }

    /// A number of 16 bits (IEEE 754 binary16).
    private static func half(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 31)
        let fraction = Double(bits & 1_023)
        let magnitude: Double
        switch exponent {
        case 0: magnitude = fraction * 0x1p-24
        case 31: magnitude = fraction == 0 ? .infinity : .nan
        default: magnitude = (1 + fraction / 1_024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
        return bits >> 15 == 1 ? -magnitude : magnitude
    }

    // MARK: Bytes

    private mutating func text(_ information: UInt8) throws(CodecError) -> String {
        let place = index
        guard let text = String(validating: try string(information, major: 3), as: UTF8.self) else {
            throw CodecError("a text is not UTF-8", at: place)
        }
        return text
    }

    private mutating func string(_ information: UInt8, major: UInt8) throws(CodecError) -> [UInt8] {
        guard information == 31 else { return try bytes(try length(information)) }
        var content: [UInt8] = []
        while try !takeBreak() {
            let start = try byte()
            guard start >> 5 == major, start & 31 != 31 else { throw error("a part of a string is of another kind") }
            content += try bytes(try length(start & 31))
        }
        return content
    }

    private mutating func bytes(_ count: UInt64) throws(CodecError) -> [UInt8] {
        guard count <= UInt64(bytes.count - index) else { throw error("the document ends within a string") }
        defer { index += Int(count) }
        return Array(bytes[index..<index + Int(count)])
    }

    private mutating func length(_ information: UInt8) throws(CodecError) -> UInt64 {
        switch information {
        case 0..<24: return UInt64(information)
        case 24: return try number(1)
        case 25: return try number(2)
        case 26: return try number(4)
        case 27: return try number(8)
        default: throw error("no such length")
        }
    }

    private mutating func number(_ count: Int) throws(CodecError) -> UInt64 {
        var value: UInt64 = 0
        for _ in 0..<count { value = value << 8 | UInt64(try byte()) }
        return value
    }

    private mutating func byte() throws(CodecError) -> UInt8 {
        guard index < bytes.count else { throw error("the document ends early") }
        defer { index += 1 }
        return bytes[index]
    }

    private mutating func takeBreak() throws(CodecError) -> Bool {
        guard index < bytes.count else { throw error("the document ends early") }
        guard bytes[index] == 0xFF else { return false }
        index += 1
        return true
    }

    private func error(_ message: String) -> CodecError { CodecError(message, at: index) }
}
