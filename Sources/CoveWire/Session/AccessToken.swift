// SPDX-License-Identifier: Apache-2.0

/// A secret that gives its holder rights; it is never printed.
package struct AccessToken: Sendable, Hashable {
    /// The secret, for the wire and its file; for nothing else.
    package let secret: String

    /// The token of a text; nil when that is empty, longer than 1,024 bytes, or has other characters than printable ASCII.
    package init?(_ text: String) {
        guard (1...1_024).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        secret = text
    }

    /// A new token of 256 bits, 64 hexadecimal digits.
    package init(using generator: inout some RandomNumberGenerator) {
        secret = (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension AccessToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "AccessToken(…)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
