// SPDX-License-Identifier: Apache-2.0

/// The shape of the JSON that a Swift type reads: what people are told of a function's input and result, and what an input is held
/// against before anything runs.
///
/// It is what can be seen of a type from outside; what cannot be seen is `any`, which everything fits.
indirect enum ValueShape: Sendable, Equatable {
    case any
    case boolean
    /// A whole number within bounds, which those of 64 bits are close to.
    case integer(ClosedRange<Double>)
    case number
    case text
    /// One of some texts.
    case choice([String])
    case list(ValueShape)
    /// An object with any names.
    case map(ValueShape)
    case object([Member])
    /// The value, or null.
    case optional(ValueShape)

    /// A member of an object.
    struct Member: Sendable, Equatable {
        var name: String
        var shape: ValueShape
        /// Whether it may be left out.
        var isOptional: Bool
    }
}

extension ValueShape: CustomStringConvertible {
    /// The shape as people read it: `{"path": text, "limit"?: integer}`.
    var description: String {
        switch self {
        case .any: "any"
        case .boolean: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .text: "text"
        case .choice(let texts): texts.map { "\"\($0)\"" }.joined(separator: " | ")
        case .list(let element): "[\(element)]"
        case .map(let value): "{*: \(value)}"
        case .object(let members):
            "{" + members.map { "\"\($0.name)\"\($0.isOptional ? "?" : ""): \($0.shape)" }.joined(separator: ", ") + "}"
        case .optional(let shape): "\(shape) | null"
        }
    }
}
