// SPDX-License-Identifier: Apache-2.0

import SwiftASN1
import X509

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A name by which a coordinator is connected to: a DNS name, or an address.
enum HostName: Sendable, Hashable {
    case name(String)
    /// 4 or 16 bytes, as they stand in a certificate.
    case address([UInt8])

    /// Reads a DNS name (its first label may be `*`) or an IP address; nil when the text is none.
    init?(_ text: String) {
        if let bytes = Self.bytes(text, AF_INET, 4) ?? Self.bytes(text, AF_INET6, 16) {
            self = .address(bytes)
            return
        }
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 2, labels[0] == "*" { labels.removeFirst() }
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        }
        // A last label of digits alone is an address with a slip in it.
        let isNumber = labels.last?.allSatisfy(\.isNumber) ?? true
        guard isName, !isNumber, text.utf8.count <= 253 else { return nil }
        self = .name(text.lowercased())
    }

    private static func bytes(_ text: String, _ family: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// The name as a certificate holds it.
    var generalName: GeneralName {
        switch self {
        case .name(let name): .dnsName(name)
        case .address(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
    }
}
