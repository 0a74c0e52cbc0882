// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// How the result of a function becomes JSON, as it is stored, and back.
public struct CoveCoding<Value: Sendable>: Sendable {
    let encode: @Sendable (Value) throws -> JSONText?
    let decode: @Sendable (JSONText?) throws -> Value
    /// The shape of its JSON; nil where there is no result.
    let shape: @Sendable () -> ValueShape?
}

extension CoveCoding where Value: Codable {
    /// A result as JSON, with sorted keys: the same value gives the same text.
    public static var codable: CoveCoding {
        CoveCoding(
            encode: { value in
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return JSONText(trusted: Array(try encoder.encode(value)))
            },
            decode: { try JSONDecoder().decode(Value.self, from: Data($0?.utf8 ?? Array("null".utf8))) },
            shape: { ValueShape.of(Value.self) })
    }
}

extension CoveCoding {
    /// What the compiler says where a result cannot be stored.
    @available(
        *, unavailable,
        message: "the result of a function with '@Cove' must be 'Codable' and 'Sendable': it is stored as JSON"
    )
    public static var codable: CoveCoding {
        CoveCoding(encode: { _ in nil }, decode: { _ in throw CancellationError() }, shape: { nil })
    }
}

extension CoveCoding where Value == Void {
    /// No result at all.
    public static var nothing: CoveCoding { CoveCoding(encode: { nil }, decode: { _ in }, shape: { nil }) }
}
