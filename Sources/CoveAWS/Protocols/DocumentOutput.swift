// SPDX-License-Identifier: Apache-2.0

/// Reads an output from a document of JSON or CBOR, by its type in the model.
///
/// What the model does not know is left out; `null` is what is not there.
struct DocumentOutput {
    let graph: ShapeGraph

    /// The members of a structure.
    ///
    /// - Parameter isIncluded: which of them stand in the body.
    func members(
        _ value: AWSValue, of shape: Shape, where isIncluded: (Shape.Member) -> Bool = { _ in true }
    ) throws(CodecError) -> AWSMembers {
        guard let given = value.structure else {
            throw CodecError("expected an object for \(shape.name), found \(value.jmespathType.rawValue)", at: 0)
        }
        if shape.traits.isUnion, let unknown = try unknownMember(given, of: shape) {
            return unknown
        }
        var members = AWSMembers()
        for member in shape.members where isIncluded(member) {
            guard let found = given[member.traits.locationName ?? member.name], !found.isNull else { continue }
            members[member.name] = try self.value(found, member)
        }
        return members
    }

    /// What stands for a union's member that the model does not know, as boto3 gives it.
    private func unknownMember(_ given: AWSMembers, of shape: Shape) throws(CodecError) -> AWSMembers? {
        let names = given.filter { !$0.value.isNull && $0.name != "__type" }.map(\.name)
        guard let name = names.first, names.count == 1 else {
            throw CodecError("\(shape.name) has \(names.count) members set, expected one", at: 0)
        }
        if shape.members.contains(where: { ($0.traits.locationName ?? $0.name) == name }) { return nil }
        var members = AWSMembers()
        members["SDK_UNKNOWN_MEMBER"] = ["name": .string(name)]
        return members
    }

    func value(_ value: AWSValue, _ member: Shape.Member) throws(CodecError) -> AWSValue {
        if value.isNull { return .null }
        let shape = graph[member]
        switch shape.kind {
        case .structure:
            if shape.traits.isDocument { return value }
            return .structure(try members(value, of: shape))
        case .list(let element):
            guard let elements = value.list else { throw unexpected(value, "an array") }
            var found: [AWSValue] = []
            found.reserveCapacity(elements.count)
            for item in elements { found.append(try self.value(item, element)) }
            return .list(found)
        case .map(_, let element):
            guard let entries = value.structure else { throw unexpected(value, "an object") }
            var found = AWSMembers()
            for entry in entries { found[entry.name] = try self.value(entry.value, element) }
            return .structure(found)
        case .timestamp: return .timestamp(try moment(value))
        case .blob:
            if case .blob = value { return value }
            guard let text = value.string, let bytes = Base64.decode(text) else { throw unexpected(value, "base64") }
            return .blob(bytes)
        case .float, .double:
            if let number = value.double { return .double(number) }
            guard let number = value.string.flatMap(WireText.number) else { throw unexpected(value, "a number") }
            return .double(number)
        case .string, .boolean, .integer, .long: return value
        }
    }

    private func moment(_ value: AWSValue) throws(CodecError) -> Double {
        guard let seconds = WireText.seconds(value) else { throw unexpected(value, "a moment") }
        return seconds
    }

    private func unexpected(_ value: AWSValue, _ expected: String) -> CodecError {
        CodecError("expected \(expected), found \(value.jsonText().prefix(40))", at: 0)
    }
}
