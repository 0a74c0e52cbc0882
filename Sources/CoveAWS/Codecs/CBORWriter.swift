// SPDX-License-Identifier: Apache-2.0

/// Writes CBOR (RFC 8949) as `rpc-v2-cbor` has it: lengths known beforehand, the shortest form of each.
struct CBORWriter {
    /// The kinds of data item.
    enum Major: UInt8 {
        case unsigned = 0
        case negative = 1
        case bytes = 2
        case text = 3
        case array = 4
        case map = 5
        case tag = 6
    }

    /// What was written.
    private(set) var bytes: [UInt8] = []

    /// Writes the beginning of an item: its kind and its number.
    mutating func head(_ major: Major, _ value: UInt64) {
        let start = major.rawValue << 5
        switch value {
        case 0..<24: bytes.append(start | UInt8(value))
        case 24..<0x100: bytes += [start | 24, UInt8(value)]
        case 0x100..<0x1_0000: append(start | 25, value, count: 2)
        case 0x1_0000..<0x1_0000_0000: append(start | 26, value, count: 4)
        default: append(start | 27, value, count: 8)
        }
    }

    mutating func integer(_ value: Int64) {
        if value >= 0 { head(.unsigned, UInt64(value)) } else { head(.negative, UInt64(bitPattern: ~value)) }
    }

    mutating func text(_ value: String) {
        let utf8 = Array(value.utf8)
        head(.text, UInt64(utf8.count))
        bytes += utf8
    }

    mutating func blob(_ value: [UInt8]) {
        head(.bytes, UInt64(value.count))
        bytes += value
    }

    mutating func bool(_ value: Bool) { bytes.append(value ? 0xF5 : 0xF4) }

    mutating func null() { bytes.append(0xF6) }

    mutating func double(_ value: Double) { append(0xFB, value.bitPattern, count: 8) }

    mutating func float(_ value: Float) { append(0xFA, UInt64(value.bitPattern), count: 4) }

    private mutating func append(_ start: UInt8, _ value: UInt64, count: Int) {
        bytes.append(start)
        for place in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }
}
