// SPDX-License-Identifier: Apache-2.0

/// The header fields of a request or an answer, in order; a name may occur more than once.
///
/// Names are kept in lower case, as HTTP/2 writes them and SigV4 signs them.
package struct HeaderFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One field line.
    package struct Field: Sendable, Equatable {
        /// The name in lower case.
        package let name: String
        /// The value without the white space around it.
        package let value: String
    }

    /// The fields in the order in which they were added.
    package private(set) var fields: [Field] = []

    /// Makes an empty collection.
    package init() {}

    /// Makes a collection of name and value pairs, in their order.
    package init(dictionaryLiteral pairs: (String, String)...) {
        fields.reserveCapacity(pairs.count + 4)
        for (name, value) in pairs { add(name, value) }
    }

    /// The first value of a name, whatever its case.
    package subscript(name: String) -> String? {
        let wanted = Self.lowered(name)
        return fields.first { $0.name == wanted }?.value
    }

    /// Adds a field after all others.
    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: Self.lowered(name), value: value))
    }

    /// Replaces every field of the name by one.
    package mutating func set(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Removes every field of the name.
    package mutating func remove(_ name: String) {
        let wanted = Self.lowered(name)
        fields.removeAll { $0.name == wanted }
    }

    /// The name in lower case; one that is so already is returned as it is, without a new string.
    private static func lowered(_ name: String) -> String {
        name.utf8.contains { $0 >= 0x41 && $0 <= 0x5A } ? name.lowercased() : name
    }
}
