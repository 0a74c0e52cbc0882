// SPDX-License-Identifier: Apache-2.0

/// What was wrong with a message that was skipped; the link goes on.
package struct Problem: Sendable, Hashable {
    /// The value of `type`.
    static let type = "problem"
    /// A message of a type that is not known.
    package static let unknownType = "unknownType"

    /// A word for programs: `unknownType`.
    package var code: String
    /// What was found and what was done.
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

extension Problem: Codable {
    private enum Key: String, CodingKey {
        case type, code, message
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        code = try container.decode(String.self, forKey: .code)
        message = try container.decode(String.self, forKey: .message)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try container.encode(code, forKey: .code)
        try container.encode(message, forKey: .message)
    }
}
