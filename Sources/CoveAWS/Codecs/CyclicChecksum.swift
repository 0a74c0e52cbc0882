// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// A cyclic redundancy check of bytes that come one part after the other.
struct CyclicChecksum: Sendable {
    /// The polynomials that AWS's services know.
    enum Kind: Sendable {
        /// IEEE 802.3, as zlib has it.
        case crc32
        /// Castagnoli (RFC 3720).
        case crc32c
        /// 64 bits, as NVM Express has it.
        case crc64nvme
    }

    private let kind: Kind
    private var value: UInt64 = 0

    init(_ kind: Kind) { self.kind = kind }

    mutating func add(_ bytes: [UInt8]) {
        switch kind {
        case .crc32:
            // zlib counts lengths in 32 bits.
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + 1 << 30)
                value = bytes[start..<end].withUnsafeBufferPointer { part in
                    UInt64(CZlib.crc32(UInt(value), part.baseAddress, UInt32(part.count)))
                }
                start = end
            }
        case .crc32c: reflect(bytes, Self.table32c, mask: 0xFFFF_FFFF)
        case .crc64nvme: reflect(bytes, Self.table64, mask: .max)
        }
    }

    /// The check of all that was added, the highest byte first.
    var bytes: [UInt8] {
        let count = kind == .crc64nvme ? 8 : 4
        return (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64(count - 1 - $0))) }
    }

    private mutating func reflect(_ bytes: [UInt8], _ table: [UInt64], mask: UInt64) {
        var check = value ^ mask
        for byte in bytes { check = table[Int(UInt8(truncatingIfNeeded: check) ^ byte)] ^ (check >> 8) }
        value = check ^ mask
    }

    private static let table32c = table(0x82F6_3B78)
    private static let table64 = table(0x9A6C_9329_AC4B_C9B5)

    private static func table(_ polynomial: UInt64) -> [UInt64] {
        (0..<256).map { byte in
            (0..<8).reduce(UInt64(byte)) { check, _ in check & 1 == 1 ? (check >> 1) ^ polynomial : check >> 1 }
        }
    }
}
