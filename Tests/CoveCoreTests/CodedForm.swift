// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The JSON form of values, with sorted keys, as the wire and the store have it.
enum CodedForm {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func value<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    static func value<Value: Decodable>(_ text: String) throws -> Value { try value(Value.self, text) }

    /// What a refused text is said to be; nil when it is not refused.
    static func problem<Value: Decodable>(_ type: Value.Type, _ text: String) -> String? {
        do {
            _ = try value(type, text)
            return nil
        } catch DecodingError.dataCorrupted(let context) {
            return context.debugDescription
        } catch {
            return "\(error)"
        }
    }
}
