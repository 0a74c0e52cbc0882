// SPDX-License-Identifier: Apache-2.0

/// A value with one textual form that is checked wherever it enters: arguments, JSON, the wire, the store.
///
/// It is coded as that text; text that does not parse is a decoding error that says what was expected.
protocol ParsedIdentifier: Codable {
    /// What a valid text is, for the error.
    static var expectation: String { get }
    var rawValue: String { get }
    init?(_ text: String)
}

extension ParsedIdentifier {
    /// Reads and checks the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "found \"\(text)\", expected \(Self.expectation)")
        }
        self = value
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
