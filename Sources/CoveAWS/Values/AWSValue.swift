// SPDX-License-Identifier: Apache-2.0

/// A value that an operation takes or returns, of any shape.
///
/// It is written as literals and read by member and index:
///
/// ```swift
/// let filter: AWSValue = [["Name": "instance-state-name", "Values": ["running"]]]
/// let name = answer["Users"][0]["UserName"].string
/// ```
///
/// Reading what is not there gives `null`, so that a chain needs no unwrapping at each step.
@dynamicMemberLookup
public enum AWSValue: Sendable, Hashable {
    /// No value.
    case null
    /// A boolean.
    case bool(Bool)
    /// A whole number of any of AWS's integer shapes.
    case integer(Int64)
    /// A number with a fraction, or one beyond 64 bits.
    case double(Double)
    /// Text, also of enumerations, and JSON that an operation takes as text.
    case string(String)
    /// Bytes.
    case blob([UInt8])
    /// A moment, in seconds since 1970 (UTC).
    case timestamp(Double)
    /// Values in their order.
    case list([AWSValue])
    /// Named values in their order: a structure, a map, a document.
    case structure(AWSMembers)

    /// A member of a structure, by its name; `null` where there is none.
    public subscript(name: String) -> AWSValue {
        guard case .structure(let members) = self else { return .null }
        return members[name] ?? .null
    }

    /// A member of a structure, as a Swift member; `null` where there is none.
    public subscript(dynamicMember name: String) -> AWSValue { self[name] }

    /// An element of a list, from 0; `null` beyond its ends.
    public subscript(index: Int) -> AWSValue {
        guard case .list(let elements) = self, elements.indices.contains(index) else { return .null }
        return elements[index]
    }
}

// MARK: - As Swift values

extension AWSValue {
    /// The text, of a string.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The boolean.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The whole number.
    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    /// The number, whole or not.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The bytes, of a blob.
    public var blob: [UInt8]? {
        guard case .blob(let bytes) = self else { return nil }
        return bytes
    }

    /// The elements, of a list.
    public var list: [AWSValue]? {
        guard case .list(let elements) = self else { return nil }
        return elements
    }

    /// The members, of a structure.
    public var structure: AWSMembers? {
        guard case .structure(let members) = self else { return nil }
        return members
    }

    /// Whether there is no value.
    public var isNull: Bool {
        guard case .null = self else { return false }
        return true
    }
}

// MARK: - As literals

extension AWSValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// No value.
    public init(nilLiteral: ()) { self = .null }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Values in their order.
    public init(arrayLiteral elements: AWSValue...) { self = .list(elements) }
    /// Named values in their order; the last of two with one name counts.
    public init(dictionaryLiteral elements: (String, AWSValue)...) {
        var members = AWSMembers()
        for (name, value) in elements { members[name] = value }
        self = .structure(members)
    }
}
