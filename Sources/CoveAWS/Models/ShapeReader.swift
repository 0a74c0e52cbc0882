// SPDX-License-Identifier: Apache-2.0

/// Gathers the types of an operation from its service's model, each once, whatever refers to it.
struct ShapeReader {
    private let model: ServiceModel
    private(set) var graph = ShapeGraph()
    private var places: [String: Int] = [:]

    init(model: ServiceModel) { self.model = model }

    /// The service's name.
    var service: String { model.name }

    /// The place of a type that is referred to by its name.
    mutating func shape(_ reference: AWSValue) throws -> Int {
        guard let name = reference.string else {
            throw ServiceModel.unreadable(model.name, "a type is referred to as \(reference.jsonText())")
        }
        // Types refer to each other and to themselves, so they are gathered from a list rather than by recursion.
        var waiting = [name]
        var values: [(place: Int, value: AWSValue)] = []
        while let next = waiting.popLast() {
            guard places[next] == nil else { continue }
            guard let value = try model.shape(next) else {
                throw ServiceModel.unreadable(model.name, "there is no type \(next)")
            }
            let place = graph.append(Shape(name: next, kind: .string, traits: Self.shapeTraits(value)))
            places[next] = place
            values.append((place, value))
            waiting += Self.references(value)
        }
        for (place, value) in values { graph.set(try kind(value), at: place) }
        guard let place = places[name] else { throw ServiceModel.unreadable(model.name, "there is no type \(name)") }
        return place
    }

    private static func references(_ value: AWSValue) -> [String] {
        let members = value["members"].structure?.values ?? []
        return (members + [value["member"], value["key"], value["value"]]).compactMap { $0["shape"].string }
    }

    /// A type that is an input or output as a whole, which may say itself which member is the body.
    mutating func whole(_ reference: AWSValue) throws -> Int {
        let place = try shape(reference["shape"])
        if let payload = reference["payload"].string { graph.set(payload: payload, at: place) }
        return place
    }

    private func kind(_ value: AWSValue) throws -> Shape.Kind {
        switch value["type"].string {
        case "structure":
            return .structure(try (value["members"].structure ?? AWSMembers()).map { try member($0.name, $0.value) })
        case "list": return .list(try member("", value["member"]))
        case "map": return .map(key: try member("", value["key"]), value: try member("", value["value"]))
        case "string", "character": return .string
        case "boolean": return .boolean
        case "integer", "short", "byte": return .integer
        case "long", "bigInteger": return .long
        case "float": return .float
        case "double", "bigDecimal": return .double
        case "blob": return .blob
        case "timestamp": return .timestamp
        default: throw ServiceModel.unreadable(model.name, "there is a type of kind \(value["type"].jsonText())")
        }
    }

    private func member(_ name: String, _ value: AWSValue) throws -> Shape.Member {
        guard let shape = value["shape"].string, let place = places[shape] else {
            throw ServiceModel.unreadable(model.name, "member \(name) has no type")
        }
        // A use inherits what its type says and does not say itself.
        var traits = Self.memberTraits(value)
        let type = graph[place].traits
        traits.location = traits.location ?? type.location
        traits.locationName = traits.locationName ?? type.locationName
        traits.isFlattened = traits.isFlattened || type.isFlattened
        traits.isStreaming = traits.isStreaming || type.isStreaming
        traits.xmlNamespace = traits.xmlNamespace ?? type.xmlNamespace
        traits.timestampFormat = traits.timestampFormat ?? type.timestampFormat
        return Shape.Member(name: name, shape: place, traits: traits)
    }

    // MARK: Traits

    static func memberTraits(_ value: AWSValue) -> MemberTraits {
        MemberTraits(
            location: value["location"].string.flatMap(MemberTraits.Location.init),
            locationName: value["locationName"].string, queryName: value["queryName"].string,
            isFlattened: value["flattened"].bool ?? false, isStreaming: value["streaming"].bool ?? false,
            isXMLAttribute: value["xmlAttribute"].bool ?? false,
            isIdempotencyToken: value["idempotencyToken"].bool ?? false, isHostLabel: value["hostLabel"].bool ?? false,
            isJSONValue: value["jsonvalue"].bool ?? false, isEventPayload: value["eventpayload"].bool ?? false,
            xmlNamespace: namespace(value["xmlNamespace"]), timestampFormat: timestampFormat(value),
            contextParameter: value["contextParam"]["name"].string)
    }

    private static func shapeTraits(_ value: AWSValue) -> ShapeTraits {
        ShapeTraits(
            required: value["required"].list?.compactMap(\.string) ?? [], payload: value["payload"].string,
            isUnion: value["union"].bool ?? false, isDocument: value["document"].bool ?? false,
            isFlattened: value["flattened"].bool ?? false, isStreaming: value["streaming"].bool ?? false,
            isEventStream: value["eventstream"].bool ?? false, isSensitive: value["sensitive"].bool ?? false,
            isSparse: value["sparse"].bool ?? false, isException: value["exception"].bool ?? false,
            isThrottle: value["retryable"].structure.map { $0["throttling"]?.bool ?? false },
            errorCode: value["error"]["code"].string,
            location: value["location"].string.flatMap(MemberTraits.Location.init),
            locationName: value["locationName"].string,
            xmlNamespace: namespace(value["xmlNamespace"]), timestampFormat: timestampFormat(value),
            minimum: value["min"].double, maximum: value["max"].double)
    }

    private static func namespace(_ value: AWSValue) -> XMLNamespace? {
        if let uri = value.string { return XMLNamespace(uri: uri) }
        return value["uri"].string.map { XMLNamespace(uri: $0, prefix: value["prefix"].string) }
    }

    private static func timestampFormat(_ value: AWSValue) -> TimestampFormat? {
        value["timestampFormat"].string.flatMap { TimestampFormat(rawValue: $0.lowercased()) }
    }
}
