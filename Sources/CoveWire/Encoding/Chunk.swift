// SPDX-License-Identifier: Apache-2.0

/// A part of the JSON of a message that is too long for one frame.
package struct Chunk: Sendable, Hashable {
    /// The value of `type`.
    static let type = "chunk"

    /// How many bytes the message's JSON has, in all its chunks.
    package var total: Int
    /// Whether it is the message's last.
    package var isLast: Bool
    /// The part, never empty; it ends between two characters.
    package var text: String

    package init(total: Int, isLast: Bool, text: String) {
        self.total = total
        self.isLast = isLast
        self.text = text
    }
}

extension Chunk: Codable {
    private enum Key: String, CodingKey {
        case type, of, last, text
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        total = try container.decode(Int.self, forKey: .of)
        isLast = try container.decode(Bool.self, forKey: .last)
        text = try container.decode(String.self, forKey: .text)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(total, forKey: .of)
        try container.encode(isLast, forKey: .last)
        try container.encode(text, forKey: .text)
    }
}
