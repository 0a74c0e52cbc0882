// SPDX-License-Identifier: Apache-2.0

/// The id of an AWS account: twelve ASCII digits, leading zeros included.
public struct AccountID: Sendable, Hashable, Comparable {
    /// The twelve digits.
    public let rawValue: String

    /// The id in `text`, or nil when that is not exactly twelve ASCII digits.
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard bytes.count == 12, bytes.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        rawValue = String(text)
    }

    /// Orders ids as text, which is also their numeric order.
    public static func < (left: AccountID, right: AccountID) -> Bool { left.rawValue < right.rawValue }
}

extension AccountID: CustomStringConvertible, ParsedIdentifier {
    /// The twelve digits.
    public var description: String { rawValue }

    static let expectation = "twelve digits"
}
