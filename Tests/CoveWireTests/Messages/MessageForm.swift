// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// The JSON form of messages, with sorted keys.
enum MessageForm {
    /// A message must be written as this text and read from it.
    static func expect<Message: Codable & Equatable>(_ message: Message, _ text: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        #expect(String(decoding: try encoder.encode(message), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(Message.self, from: Data(text.utf8)) == message)
    }

    /// Whether a text is refused as a message.
    static func refuses<Message: Decodable>(_ type: Message.Type, _ text: String) -> Bool {
        (try? JSONDecoder().decode(type, from: Data(text.utf8))) == nil
    }
}
