// SPDX-License-Identifier: Apache-2.0

/// Where the members of an object stand in a document that is not read as a whole.
///
/// A service's model has megabytes of which a call needs some kilobytes.
struct JSONIndex: Sendable {
    /// The bytes of each member's value, by its name.
    let members: [String: Range<Int>]
    /// The members' names in their order.
    let names: [String]

    /// The members of the object that stands in a part of the bytes.
    ///
    /// What is skipped is only looked at for where it ends; it is checked when it is read.
    init(_ bytes: [UInt8], in range: Range<Int>) throws(CodecError) {
        var scanner = Scanner(bytes: bytes, index: range.lowerBound, end: range.upperBound)
        (names, members) = try bytes.withUnsafeBufferPointer { buffer throws(CodecError) in
            try scanner.object(buffer)
        }
    }

    private struct Scanner {
        let bytes: [UInt8]
        var index: Int
        let end: Int

        mutating func object(
            _ buffer: UnsafeBufferPointer<UInt8>
        ) throws(CodecError) -> ([String], [String: Range<Int>]) {
            var names: [String] = []
            var members: [String: Range<Int>] = [:]
            try take("{", buffer)
            skipSpace(buffer)
            if index < end, buffer[index] == UInt8(ascii: "}") { return ([], [:]) }
            while true {
                skipSpace(buffer)
                let start = index
                try skipString(buffer)
                guard case .string(let name) = try JSONReader.read(Array(bytes[start..<index])) else {
                    throw CodecError("expected a member's name", at: start)
                }
                try take(":", buffer)
                skipSpace(buffer)
                let value = index
                try skipValue(buffer)
                if members.updateValue(value..<index, forKey: name) == nil { names.append(name) }
                skipSpace(buffer)
                guard index < end else { throw CodecError("expected the object's end", at: index) }
                if buffer[index] == UInt8(ascii: "}") { return (names, members) }
                try take(",", buffer)
            }
        }

        private mutating func take(
            _ character: Unicode.Scalar, _ buffer: UnsafeBufferPointer<UInt8>
        ) throws(CodecError) {
            skipSpace(buffer)
            guard index < end, buffer[index] == UInt8(ascii: character) else {
                throw CodecError("expected \(character)", at: index)
            }
            index += 1
        }

        private mutating func skipSpace(_ buffer: UnsafeBufferPointer<UInt8>) {
            while index < end, buffer[index] <= 0x20 { index += 1 }
        }

        private mutating func skipString(_ buffer: UnsafeBufferPointer<UInt8>) throws(CodecError) {
            guard index < end, buffer[index] == UInt8(ascii: "\"") else {
                throw CodecError("expected a string", at: index)
            }
            index += 1
            while index < end, buffer[index] != UInt8(ascii: "\"") {
                index += buffer[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard index < end else { throw CodecError("expected the string's end", at: end) }
            index += 1
        }

        private mutating func skipValue(_ buffer: UnsafeBufferPointer<UInt8>) throws(CodecError) {
            var depth = 0
            while index < end {
                switch buffer[index] {
                case UInt8(ascii: "\""): try skipString(buffer)
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    index += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return }
                    depth -= 1
                    index += 1
                    if depth == 0 { return }
                case UInt8(ascii: ","):
                    if depth == 0 { return }
                    index += 1
                default: index += 1
                }
                if depth == 0, index < end, buffer[index] == UInt8(ascii: ",") || buffer[index] == UInt8(ascii: "}") {
                    return
                }
            }
        }
    }
}
