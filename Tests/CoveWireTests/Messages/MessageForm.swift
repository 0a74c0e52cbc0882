// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// The JSON form of messages, with sorted keys.
enum MessageForm {
    /// A message must be written as this text and read from it, also with fields that are not known.
    static func expect<Message: Codable & Equatable>(
        _ message: Message, _ text: String, at place: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try self.text(message) == text, sourceLocation: place)
        #expect(try value(Message.self, text) == message, sourceLocation: place)
        let more = #"{"aFieldOfTheFuture":[{"type":"other"},null],"# + text.dropFirst()
        #expect(try value(Message.self, more) == message, sourceLocation: place)
    }

    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    static func value<Value: Decodable>(_ text: String) throws -> Value { try value(Value.self, text) }

    /// Whether a text is refused as a message.
    static func refuses<Message: Decodable>(_ type: Message.Type, _ text: String) -> Bool {
        (try? value(type, text)) == nil
    }
}
