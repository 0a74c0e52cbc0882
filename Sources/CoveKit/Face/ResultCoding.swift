// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// How a closure's result becomes what is stored, and back.
struct ResultCoding<Value: Sendable>: Sendable {
    let encode: @Sendable (Value) throws -> JSONText?
    let decode: @Sendable (JSONText?) throws -> Value
}

extension ResultCoding where Value: Codable {
    /// A result as JSON, with sorted keys: the same value gives the same text.
    static var json: ResultCoding {
        ResultCoding(
            encode: { value in
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return JSONText(trusted: Array(try encoder.encode(value)))
            },
            decode: { try JSONDecoder().decode(Value.self, from: Data($0?.utf8 ?? Array("null".utf8))) })
    }
}

extension ResultCoding where Value == Void {
    /// No result at all.
    static var nothing: ResultCoding { ResultCoding(encode: { nil }, decode: { _ in }) }
}
