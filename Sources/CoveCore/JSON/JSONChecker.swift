// SPDX-License-Identifier: Apache-2.0

/// Checks that bytes are one JSON value, without building anything: a loop over bytes with a stack of containers.
///
/// The stack is a byte a level, so depth costs no recursion. The grammar is RFC 8259's, strictly.
struct JSONChecker {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var place = 0
    /// One entry an open container: true for an object.
    private var open: [Bool] = []

    init(_ bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The range of the one value in the bytes.
    mutating func check() -> Result<Range<Int>, JSONProblem> {
        do throws(JSONProblem) {
            if let broken = invalidUTF8(bytes) { throw JSONProblem(reason: "invalid UTF-8", offset: broken) }
            skipSpace()
            let start = place
            try value()
            let end = place
            skipSpace()
            guard place == bytes.count else { throw found("the end of the value") }
            return .success(start..<end)
        } catch {
            return .failure(error)
        }
    }

    private mutating func value() throws(JSONProblem) {
        repeat {
            var isOpening = false
            switch current {
            case UInt8(ascii: "{"):
                isOpening = try opens(object: true)
            case UInt8(ascii: "["):
                isOpening = try opens(object: false)
            case UInt8(ascii: "\""): try string()
            case UInt8(ascii: "t"): try word("true")
            case UInt8(ascii: "f"): try word("false")
            case UInt8(ascii: "n"): try word("null")
            case .some(let byte) where byte == UInt8(ascii: "-") || Self.isDigit(byte): try number()
            default: throw found("a value")
            }
            if !isOpening { try closes() }
        } while !open.isEmpty
    }

    /// Opens a container.
    ///
    /// True when a value is to follow; an empty container is closed at once.
    private mutating func opens(object: Bool) throws(JSONProblem) -> Bool {
        guard open.count < maximumDepth else {
            throw JSONProblem(reason: "more than \(maximumDepth) containers deep", offset: place)
        }
        place += 1
        skipSpace()
        if current == (object ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            place += 1
            return false
        }
        open.append(object)
        if object { try key() }
        return true
    }

    /// After a value: closes as many containers as end here, and stops before the next value.
    private mutating func closes() throws(JSONProblem) {
        while let isObject = open.last {
            skipSpace()
            if current == UInt8(ascii: ",") {
                place += 1
                skipSpace()
                if isObject { try key() }
                return
            }
            guard current == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw found(isObject ? "\",\" or \"}\"" : "\",\" or \"]\"")
            }
            place += 1
            open.removeLast()
        }
    }

    private mutating func key() throws(JSONProblem) {
        guard current == UInt8(ascii: "\"") else { throw found("a key in quotes") }
        try string()
        skipSpace()
        guard current == UInt8(ascii: ":") else { throw found("\":\"") }
        place += 1
        skipSpace()
    }

    private mutating func string() throws(JSONProblem) {
        place += 1
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw JSONProblem(reason: "a control character in a string", offset: place)
            default: place += 1
            }
        }
        throw found("the end of a string")
    }

    private mutating func escape() throws(JSONProblem) {
        place += 1
        switch current {
        case UInt8(ascii: "u"):
            place += 1
            for _ in 0..<4 {
                guard let byte = current, Self.isHex(byte) else { throw found("four hex digits") }
                place += 1
            }
        case .some(let byte) where "\"\\/bfnrt".utf8.contains(byte): place += 1
        default: throw found("an escape")
        }
    }

    private mutating func number() throws(JSONProblem) {
        if current == UInt8(ascii: "-") { place += 1 }
        if current == UInt8(ascii: "0") { place += 1 } else { try digits() }
        if current == UInt8(ascii: ".") {
            place += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            place += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(JSONProblem) {
        let start = place
        while let byte = current, Self.isDigit(byte) { place += 1 }
        if place == start { throw found("a digit") }
    }

    private mutating func word(_ expected: StaticString) throws(JSONProblem) {
        let isThere = expected.withUTF8Buffer { word in
            bytes[place...].starts(with: word)
        }
        guard isThere else { throw found("\(expected)") }
        place += expected.utf8CodeUnitCount
    }

    private mutating func skipSpace() {
        while let byte = current, JSONText.isSpace(byte) { place += 1 }
    }

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func found(_ expected: String) -> JSONProblem {
        let what: String =
            switch current {
            case nil: "the end"
            case .some(let byte) where byte > 0x20 && byte < 0x7F: "\"\(Character(Unicode.Scalar(byte)))\""
            case .some(let byte): "byte \(byte)"
            }
        return JSONProblem(reason: "found \(what), expected \(expected)", offset: place)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

/// The offset of the first byte that is not UTF-8, or nil.
package func invalidUTF8(_ bytes: [UInt8]) -> Int? {
    // The fast way answers for nearly all; only broken bytes are walked to find the place.
    if bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil { return nil }
    var offset = 0
    while offset < bytes.count {
        let length: Int
        switch bytes[offset] {
        case 0..<0x80: length = 1
        case 0xC2..<0xE0: length = 2
        case 0xE0..<0xF0: length = 3
        case 0xF0..<0xF5: length = 4
        default: return offset
        }
        let end = offset + length
        guard end <= bytes.count, String(validating: bytes[offset..<end], as: UTF8.self) != nil else { return offset }
        offset = end
    }
    return nil
}
