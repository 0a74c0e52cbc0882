// SPDX-License-Identifier: Apache-2.0

/// The id of a run: the UTC time of its start and five random characters, `20261120-235959-k3x9q`.
///
/// Ids sort by time, are safe as file names and on a command line, and do not collide within a second in practice (36^5).
public struct RunID: Sendable, Hashable, Comparable {
    /// The id's text.
    public let rawValue: String

    /// The id in `text`, or nil when its form is another.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 21, bytes[8] == UInt8(ascii: "-"), bytes[15] == UInt8(ascii: "-") else { return nil }
        for (index, byte) in bytes.enumerated() where index != 8 && index != 15 {
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            let isLetter = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            guard isDigit || (isLetter && index > 15) else { return nil }
        }
        rawValue = String(text)
    }

    /// A new id for a run that starts now.
    public init(startingAt now: Timestamp, using generator: inout some RandomNumberGenerator) {
        let digits = now.calendar
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz")
        var text = digits.compactDate + "-" + digits.compactTime + "-"
        for _ in 0..<5 { text.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]) }
        rawValue = text
    }

    /// The second in which the run was made, read off the id.
    public var startedAt: Timestamp {
        let digits = rawValue.utf8.map { Int64($0) - 48 }
        func number(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
        return Timestamp(
            year: number(0..<4), month: number(4..<6), day: number(6..<8),
            secondOfDay: number(9..<11) * 3_600 + number(11..<13) * 60 + number(13..<15))
    }

    /// Orders ids by the time of their start.
    public static func < (left: RunID, right: RunID) -> Bool { left.rawValue < right.rawValue }
}

extension RunID: CustomStringConvertible, ParsedIdentifier {
    /// The id's text.
    public var description: String { rawValue }

    static let expectation = "a run id such as 20261120-235959-k3x9q"
}
