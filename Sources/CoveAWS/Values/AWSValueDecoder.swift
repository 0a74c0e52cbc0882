// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

extension AWSValue {
    /// The value as a Swift type.
    ///
    /// Members are found by their names in the model, or, for a property that begins in lower case, by that name with its
    /// first letter in upper case: `userName` is `UserName`. `Date` is read from moments, `Data` and `[UInt8]` from bytes.
    ///
    /// - Throws: `DecodingError` with the path to what is not of that type.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try AWSValueDecoder(value: self, codingPath: []).read(type)
    }
}

/// Reads Swift types from a value.
private struct AWSValueDecoder: Decoder {
    let value: AWSValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .structure(let members) = value else { throw mismatch([String: Any].self, "a structure") }
        return KeyedDecodingContainer(MembersContainer(members: members, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch value {
        case .list(let elements): return ElementsContainer(elements: elements, codingPath: codingPath)
        case .blob(let bytes):
            return ElementsContainer(elements: bytes.map { .integer(Int64($0)) }, codingPath: codingPath)
        default: throw mismatch([Any].self, "a list")
        }
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    /// A value of a type that has a form of its own here, or that reads itself.
    func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if type == Date.self {
            guard case .timestamp(let seconds) = value, let date = Date(timeIntervalSince1970: seconds) as? Value else {
                throw mismatch(type, "a moment")
            }
            return date
        }
        if type == Data.self {
            guard case .blob(let bytes) = value, let data = Data(bytes) as? Value else { throw mismatch(type, "bytes") }
            return data
        }
        return try Value(from: self)
    }

    private func mismatch(_ type: Any.Type, _ expected: String) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: codingPath,
            debugDescription: "expected \(expected), found \(value.jmespathType.rawValue)")
        return value.isNull ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }
}

extension AWSValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value.isNull }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let found = value.bool else { throw mismatch(type, "a boolean") }
        return found
    }

    func decode(_ type: String.Type) throws -> String {
        switch value {
        case .string(let text): return text
        case .timestamp(let seconds): return Timestamp.text(seconds)
        case .blob(let bytes): return Base64.encode(bytes)
        default: throw mismatch(type, "text")
        }
    }

    func decode(_ type: Double.Type) throws -> Double {
        if case .timestamp(let seconds) = value { return seconds }
        guard let found = value.double else { throw mismatch(type, "a number") }
        return found
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try read(type) }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        guard let number = value.integer else { throw mismatch(type, "a whole number") }
        guard let found = Number(exactly: number) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "\(number) does not fit into \(type)"))
        }
        return found
    }
}

/// The members of a structure by the keys of a Swift type.
private struct MembersContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: AWSMembers
    let codingPath: [any CodingKey]

    var allKeys: [Key] { members.names.compactMap { Key(stringValue: $0) } }

    private func find(_ key: Key) -> AWSValue? {
        let name = key.stringValue
        return members[name] ?? members[name.prefix(1).uppercased() + name.dropFirst()]
    }

    private func decoder(_ key: Key) throws -> AWSValueDecoder {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(
                key,
                .init(
                    codingPath: codingPath,
                    debugDescription: "there is no member \(key.stringValue); there are "
                        + (members.isEmpty ? "none" : members.names.joined(separator: ", "))))
        }
        return AWSValueDecoder(value: value, codingPath: codingPath + [key])
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { find(key)?.isNull ?? true }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try decoder(key).read(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        AWSValueDecoder(value: members["super"] ?? .null, codingPath: codingPath)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

/// The elements of a list in their order.
private struct ElementsContainer: UnkeyedDecodingContainer {
    let elements: [AWSValue]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(elements: [AWSValue], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private struct Place: CodingKey {
        var intValue: Int?
        var stringValue: String { intValue.map { "\($0)" } ?? "" }
        init(_ index: Int) { intValue = index }
        init?(intValue: Int) { self.intValue = intValue }
        init?(stringValue: String) { nil }
    }

    private func decoder() throws -> AWSValueDecoder {
        let path = codingPath + [Place(currentIndex)]
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                AWSValue.self, .init(codingPath: path, debugDescription: "the list has \(elements.count) elements"))
        }
        return AWSValueDecoder(value: elements[currentIndex], codingPath: path)
    }

    mutating func decodeNil() throws -> Bool {
        guard try decoder().decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let found = try decoder().read(type)
        currentIndex += 1
        return found
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let found = try decoder().container(keyedBy: type)
        currentIndex += 1
        return found
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let found = try decoder().unkeyedContainer()
        currentIndex += 1
        return found
    }

    mutating func superDecoder() throws -> any Decoder {
        let found = try decoder()
        currentIndex += 1
        return found
    }
}
