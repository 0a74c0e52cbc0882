// SPDX-License-Identifier: Apache-2.0

/// What a user may name as a target or as something to ignore: an account, an organizational unit, or a root.
///
/// An organizational unit or a root stands for every account below it, at any depth.
public enum TargetID: Sendable, Hashable {
    /// One account.
    case account(AccountID)
    /// All accounts of a unit, `ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}`, and of the units below it.
    case organizationalUnit(String)
    /// All accounts of the organization, by the id of its root, `r-[0-9a-z]{4,32}`.
    case root(String)

    /// The id in `text`, or nil when it is none of the three.
    public init?(_ text: some StringProtocol) {
        if let account = AccountID(text) {
            self = .account(account)
            return
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].elementsEqual("ou".utf8), Self.isLabel(parts[1], 4...32),
            Self.isLabel(parts[2], 8...32)
        {
            self = .organizationalUnit(String(text))
        } else if parts.count == 2, parts[0].elementsEqual("r".utf8), Self.isLabel(parts[1], 4...32) {
            self = .root(String(text))
        } else {
            return nil
        }
    }

    private static func isLabel(_ part: some Collection<UInt8>, _ length: ClosedRange<Int>) -> Bool {
        length.contains(part.count)
            && part.allSatisfy {
                ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
            }
    }

    /// The id as it was written.
    public var rawValue: String {
        switch self {
        case .account(let account): account.rawValue
        case .organizationalUnit(let id), .root(let id): id
        }
    }
}

extension TargetID: CustomStringConvertible, ParsedIdentifier {
    /// The id as it was written.
    public var description: String { rawValue }

    static let expectation = "the id of an account, an organizational unit or a root"
}
