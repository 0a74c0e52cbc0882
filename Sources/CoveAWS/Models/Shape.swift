// SPDX-License-Identifier: Apache-2.0

/// A type of a service's model.
///
/// A class, as its members are: readers and writers pass them on for every value.
final class Shape: Sendable {
    /// What values of the type are.
    enum Kind: Sendable {
        case structure([Member])
        case list(Member)
        case map(key: Member, value: Member)
        case string, boolean, integer, long, float, double, blob, timestamp
    }

    /// A type's use: in a structure, as a list's element, as a map's key or value.
    final class Member: Sendable {
        /// The member's name; empty in lists and maps.
        let name: String
        /// The type's place in its graph.
        let shape: Int
        let traits: MemberTraits

        init(name: String, shape: Int, traits: MemberTraits) {
            self.name = name
            self.shape = shape
            self.traits = traits
        }
    }

    let name: String
    let kind: Kind
    let traits: ShapeTraits

    init(name: String, kind: Kind, traits: ShapeTraits) {
        self.name = name
        self.kind = kind
        self.traits = traits
    }

    /// The members of a structure.
    var members: [Member] {
        guard case .structure(let members) = kind else { return [] }
        return members
    }

    /// The member of that name.
    func member(_ name: String) -> Member? { members.first { $0.name == name } }
}

/// What a model says of a type besides its kind.
struct ShapeTraits: Sendable {
    /// The members that must be given.
    var required: [String] = []
    /// The member that is the HTTP body, alone.
    var payload: String?
    var isUnion = false
    /// Whether the structure is a value of any JSON type.
    var isDocument = false
    var isFlattened = false
    var isStreaming = false
    /// Whether the members of the structure are events of a stream.
    var isEventStream = false
    var isSensitive = false
    /// Whether elements may be null.
    var isSparse = false
    var isException = false
    /// Whether the error, which may pass by itself, asks for fewer requests; nil for errors that do not pass.
    var isThrottle: Bool?
    /// The error's code where it is another than the name.
    var errorCode: String?
    var location: MemberTraits.Location?
    var locationName: String?
    var xmlNamespace: XMLNamespace?
    var timestampFormat: TimestampFormat?
    /// The smallest and largest value, length or count.
    var minimum: Double?
    var maximum: Double?
}

/// What a model says of a type's use.
struct MemberTraits: Sendable {
    /// Where in a request or answer a member stands.
    enum Location: String, Sendable {
        case header, headers, uri, querystring, statusCode
        case host
    }

    var location: Location?
    var locationName: String?
    var queryName: String?
    var isFlattened = false
    var isStreaming = false
    var isXMLAttribute = false
    var isIdempotencyToken = false
    var isHostLabel = false
    /// Whether the text is JSON, coded as base64 in a header.
    var isJSONValue = false
    /// Whether the member is an event's payload.
    var isEventPayload = false
    var xmlNamespace: XMLNamespace?
    var timestampFormat: TimestampFormat?
    /// The name by which endpoint rules know the member.
    var contextParameter: String?
}

/// A namespace of XML elements.
struct XMLNamespace: Sendable, Hashable {
    var uri: String
    var prefix: String?

    /// The attribute that declares it.
    var attribute: String { prefix.map { "xmlns:\($0)" } ?? "xmlns" }
}

/// How a moment is written.
enum TimestampFormat: String, Sendable {
    /// RFC 3339 in UTC.
    case iso8601
    /// The date of HTTP (RFC 9110, IMF-fixdate).
    case rfc822
    /// Seconds since 1970, as a number.
    case unixTimestamp = "unixtimestamp"
}

/// The types that an operation's input, output or errors are made of, each at its place.
struct ShapeGraph: Sendable {
    fileprivate(set) var shapes: [Shape] = []

    subscript(index: Int) -> Shape { shapes[index] }
    subscript(member: Shape.Member) -> Shape { shapes[member.shape] }

    mutating func append(_ shape: Shape) -> Int {
        shapes.append(shape)
        return shapes.count - 1
    }

    mutating func set(_ kind: Shape.Kind, at index: Int) {
        shapes[index] = Shape(name: shapes[index].name, kind: kind, traits: shapes[index].traits)
    }

    mutating func set(payload: String, at index: Int) {
        var traits = shapes[index].traits
        traits.payload = payload
        shapes[index] = Shape(name: shapes[index].name, kind: shapes[index].kind, traits: traits)
    }
}
