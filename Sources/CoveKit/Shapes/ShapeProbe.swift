// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

extension ValueShape {
    /// The shape of a type's JSON.
    static func of<Value: Decodable>(_ type: Value.Type) -> ValueShape {
        var shape = ValueShape.any
        _ = try? ShapeProbe.value(of: type, depth: 0, counting: ShapeProbe.Count(), noting: &shape)
        return shape
    }
}

/// A decoder that lets a type read what it likes, and notes what that was.
///
/// A type that does not take the values that it is given, or goes on without end, has the shape `any`.
final class ShapeProbe: Decoder {
    /// How deep types may lie in each other.
    static let mostDepth = 12

    /// How many elements are read of a list, which is without end for who reads for as long as he gets something.
    static let mostElements = 64
    /// How many values are read in all: lists within lists multiply.
    static let mostValues = 10_000

    /// Why a type cannot be looked into.
    struct Opaque: Error {}

    /// How many values were read, by all probes of a type together.
    final class Count {
        var values = 0
    }

    let depth: Int
    let count: Count
    var shape = ValueShape.any
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(depth: Int, count: Count) {
        self.depth = depth
        self.count = count
    }

    /// A value of a type, made by letting it read; its shape is noted in any case.
    static func value<Value: Decodable>(
        of type: Value.Type, depth: Int, counting count: Count, noting shape: inout ValueShape
    ) throws -> Value {
        guard depth < mostDepth, count.values < mostValues else { throw Opaque() }
        count.values += 1
        if let (known, knownShape) = known[ObjectIdentifier(type)], let value = known as? Value {
            shape = knownShape
            return value
        }
        if let (value, choice) = choice(of: type) {
            shape = choice
            return value
        }
        let probe = ShapeProbe(depth: depth, count: count)
        let value = try Value(from: probe)
        shape = probe.shape
        return value
    }

    /// A case of an enumeration whose cases are texts.
    private static func choice<Value>(of type: Value.Type) -> (Value, ValueShape)? {
        guard let type = type as? any CaseIterable.Type else { return nil }
        func cases<Enumeration: CaseIterable>(_ type: Enumeration.Type) -> [Any] { Array(type.allCases) }
        let all = cases(type)
        let texts = all.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        guard let first = all.first as? Value, texts.count == all.count else { return nil }
        return (first, .choice(texts))
    }

    private static let known: [ObjectIdentifier: (value: any Sendable, shape: ValueShape)] = {
        let values: [(Any.Type, any Sendable, ValueShape)] = [
            (Bool.self, false, .boolean), (String.self, "", .text), (Double.self, 0.0, .number),
            (Float.self, Float(0), .number), (Date.self, Date(), .number), (Data.self, Data(), .text),
            (UUID.self, UUID(), .text), (Decimal.self, Decimal(0), .number), integer(Int.self), integer(Int8.self),
            integer(Int16.self), integer(Int32.self), integer(Int64.self), integer(UInt.self), integer(UInt8.self),
            integer(UInt16.self), integer(UInt32.self), integer(UInt64.self),
        ]
        var known = Dictionary(uniqueKeysWithValues: values.map { (ObjectIdentifier($0.0), ($0.1, $0.2)) })
        if let url = URL(string: "https://example.org") { known[ObjectIdentifier(URL.self)] = (url, .text) }
        return known
    }()

    private static func integer<Number: FixedWidthInteger & Sendable>(
        _ type: Number.Type
    ) -> (Any.Type, any Sendable, ValueShape) {
        (type, Number.zero, .integer(Double(Number.min)...Double(Number.max)))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        if case .object = shape {} else { shape = .object([]) }
        return KeyedDecodingContainer(KeyedProbe<Key>(probe: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        shape = .list(.any)
        return ListProbe(probe: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleProbe(probe: self) }
}

/// A value that is no container.
private struct SingleProbe: SingleValueDecodingContainer {
    let probe: ShapeProbe
    var codingPath: [any CodingKey] { [] }

    /// Whoever asks takes null as well, and goes on with the value.
    func decodeNil() -> Bool {
        probe.shape = .optional(.any)
        return false
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        var shape = ValueShape.any
        let value = try ShapeProbe.value(of: type, depth: probe.depth + 1, counting: probe.count, noting: &shape)
        if case .optional = probe.shape { probe.shape = .optional(shape) } else { probe.shape = shape }
        return value
    }
}

/// A list of one element.
private struct ListProbe: UnkeyedDecodingContainer {
    let probe: ShapeProbe
    private(set) var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { currentIndex > 0 }

    init(probe: ShapeProbe) { self.probe = probe }

    func decodeNil() -> Bool { false }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard currentIndex < ShapeProbe.mostElements else { throw ShapeProbe.Opaque() }
        var shape = ValueShape.any
        let value = try ShapeProbe.value(of: type, depth: probe.depth + 1, counting: probe.count, noting: &shape)
        // A type that reads several values one after the other is no list of one kind.
        probe.shape = currentIndex == 0 ? .list(shape) : .list(.any)
        currentIndex += 1
        return value
    }

    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw ShapeProbe.Opaque()
    }
    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw ShapeProbe.Opaque() }
    func superDecoder() throws -> any Decoder { throw ShapeProbe.Opaque() }
}

/// An object that has every member that is asked for.
private struct KeyedProbe<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let probe: ShapeProbe
    var codingPath: [any CodingKey] { [] }

    /// Whoever asks for all keys reads any: a dictionary.
    var allKeys: [Key] {
        probe.shape = .map(.any)
        return [Key(stringValue: "0")].compactMap { $0 }
    }

    /// Whoever asks whether there is a member goes on without one.
    func contains(_ key: Key) -> Bool {
        note(key) { $0.isOptional = true }
        return true
    }

    func decodeNil(forKey key: Key) -> Bool {
        note(key) { $0.isOptional = true }
        return false
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        var shape = ValueShape.any
        defer {
            if case .map = probe.shape { probe.shape = .map(shape) } else { note(key) { $0.shape = shape } }
        }
        return try ShapeProbe.value(of: type, depth: probe.depth + 1, counting: probe.count, noting: &shape)
    }

    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        note(key) { $0.isOptional = true }
        return try decode(type, forKey: key)
    }

    private func note(_ key: Key, _ change: (inout ValueShape.Member) -> Void) {
        guard case .object(var members) = probe.shape else { return }
        let index = members.firstIndex { $0.name == key.stringValue }
        var member =
            index.map { members[$0] } ?? ValueShape.Member(name: key.stringValue, shape: .any, isOptional: false)
        change(&member)
        if let index { members[index] = member } else { members.append(member) }
        probe.shape = .object(members)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { throw ShapeProbe.Opaque() }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw ShapeProbe.Opaque() }
    func superDecoder() throws -> any Decoder { throw ShapeProbe.Opaque() }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw ShapeProbe.Opaque() }
}
