// SPDX-License-Identifier: Apache-2.0

/// The name of an AWS region, `eu-west-1`.
///
/// Any label that may stand in a host name is accepted, because new regions appear without notice; whether a partition knows it
/// is a question for the plan.
public struct RegionName: Sendable, Hashable {
    /// The name.
    public let rawValue: String

    /// The name in `text`, or nil when that is not 1 to 63 characters of `a-z`, `0-9` and inner `-`.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-"),
            bytes.allSatisfy({
                ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "-")
            })
        else { return nil }
        rawValue = String(text)
    }
}

extension RegionName: CustomStringConvertible, ParsedIdentifier {
    /// The name.
    public var description: String { rawValue }

    static let expectation = "a region name such as eu-west-1"
}
