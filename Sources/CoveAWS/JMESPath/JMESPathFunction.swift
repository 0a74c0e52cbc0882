// SPDX-License-Identifier: Apache-2.0

/// The functions of JMESPath, by the names that expressions call them by.
enum JMESPathFunction: String, Sendable, CaseIterable {
    case abs, avg, ceil, contains
    case endsWith = "ends_with"
    case floor, join, keys, length, map, max
    case maxBy = "max_by"
    case merge, min
    case minBy = "min_by"
    case notNull = "not_null"
    case reverse, sort
    case sortBy = "sort_by"
    case startsWith = "starts_with"
    case sum
    case toArray = "to_array"
    case toNumber = "to_number"
    case toString = "to_string"
    case type, values

    /// What an argument may be.
    enum Parameter: Sendable {
        case any
        case types([JMESPathType])
        /// A list whose elements are all of one of these types.
        case list(of: [JMESPathType])
        case reference
    }

    /// The arguments that a call has; the last stands for any further ones where the function takes them.
    var parameters: [Parameter] {
        switch self {
        case .abs, .ceil, .floor: [.types([.number])]
        case .avg, .sum: [.list(of: [.number])]
        case .contains: [.types([.array, .string]), .any]
        case .endsWith, .startsWith: [.types([.string]), .types([.string])]
        case .join: [.types([.string]), .list(of: [.string])]
        case .keys, .values, .merge: [.types([.object])]
        case .length: [.types([.string, .array, .object])]
        case .map: [.reference, .types([.array])]
        case .max, .min, .sort: [.list(of: [.number, .string])]
        case .maxBy, .minBy, .sortBy: [.types([.array]), .reference]
        case .notNull, .toArray, .toNumber, .toString, .type: [.any]
        case .reverse: [.types([.array, .string])]
        }
    }

    private var isVariadic: Bool { self == .merge || self == .notNull }

    /// Throws when a call has another number of arguments.
    func check(count: Int, at position: Int) throws(JMESPathError) {
        let expected = parameters.count
        guard isVariadic ? count < expected : count != expected else { return }
        throw JMESPathError(
            .invalidArity,
            "\(rawValue)() was given \(count) arguments, expected \(expected)\(isVariadic ? " or more" : "")",
            at: position)
    }

    /// Throws when an argument is not of a type that the function takes.
    func check(_ arguments: [JMESPathResult]) throws(JMESPathError) {
        for (index, argument) in arguments.enumerated() {
            switch (parameters[Swift.min(index, parameters.count - 1)], argument) {
            case (.any, .value), (.reference, .reference): break
            case (.any, .reference): throw wrong("an expression", "a value")
            case (.types(let types), .value(let value)):
                guard types.contains(value.jmespathType) else {
                    throw wrong(value.jmespathType.rawValue, Self.words(types))
                }
            case (.list(let types), .value(let value)):
                guard let elements = value.list else {
                    throw wrong(value.jmespathType.rawValue, "an array of \(Self.words(types))")
                }
                guard let first = elements.first?.jmespathType else { break }
                for element in elements
                where !types.contains(first) || element.jmespathType != first {
                    throw wrong("an array with \(element.jmespathType.rawValue)", "one of \(Self.words(types)) alone")
                }
            case (.types, .reference), (.list, .reference): throw wrong("an expression", "a value")
            case (.reference, .value): throw wrong("a value", "an expression such as &name")
            }
        }
    }

    /// The error of an argument that is something else than expected.
    func wrong(_ found: String, _ expected: String) -> JMESPathError {
        JMESPathError(.invalidType, "\(rawValue)() was given \(found), expected \(expected)")
    }

    private static func words(_ types: [JMESPathType]) -> String {
        types.map(\.rawValue).joined(separator: " or ")
    }
}

/// The types that the specification knows.
enum JMESPathType: String, Sendable {
    case null, boolean, number, string, array, object
}

extension AWSValue {
    /// The value's type; moments and bytes are texts, as the AWS CLI prints them.
    var jmespathType: JMESPathType {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .integer, .double: .number
        case .string, .blob, .timestamp: .string
        case .list: .array
        case .structure: .object
        }
    }
}
