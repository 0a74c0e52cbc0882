// SPDX-License-Identifier: Apache-2.0

/// Reads an output from an XML document, by its type in the model.
struct XMLOutput {
    let graph: ShapeGraph

    /// The members of a structure that an element is.
    ///
    /// - Parameter isIncluded: which of them stand in the body.
    func members(
        _ element: XMLElement, of shape: Shape, where isIncluded: (Shape.Member) -> Bool = { _ in true }
    ) throws(CodecError) -> AWSMembers {
        if shape.traits.isUnion, let unknown = try unknownMember(element, of: shape) { return unknown }
        var members = AWSMembers()
        for member in shape.members where isIncluded(member) {
            if member.traits.isXMLAttribute {
                let name = member.traits.locationName ?? member.name
                if let found = element.attributes.first(where: { $0.name == name }) {
                    members[member.name] = .string(found.value)
                }
                continue
            }
            let name = elementName(member)
            if member.traits.isFlattened {
                let found = element.children.filter { $0.localName == name }
                if !found.isEmpty { members[member.name] = try flattened(found, member) }
            } else if let found = element.children.first(where: { $0.localName == name }) {
                members[member.name] = try value(found, member)
            }
        }
        return members
    }

    private func unknownMember(_ element: XMLElement, of shape: Shape) throws(CodecError) -> AWSMembers? {
        let names = Set(element.children.map(\.localName))
        guard let name = names.first, names.count == 1 else {
            throw CodecError("\(shape.name) has \(names.count) members set, expected one", at: 0)
        }
        if shape.members.contains(where: { elementName($0) == name }) { return nil }
        var members = AWSMembers()
        members["SDK_UNKNOWN_MEMBER"] = ["name": .string(String(name))]
        return members
    }

    /// The name of a member's element; a flattened list's elements have the name of its own elements.
    private func elementName(_ member: Shape.Member) -> String {
        if member.traits.isFlattened, case .list(let element) = graph[member].kind,
            let name = element.traits.locationName
        {
            return name
        }
        return member.traits.locationName ?? member.name
    }

    private func flattened(_ elements: [XMLElement], _ member: Shape.Member) throws(CodecError) -> AWSValue {
        switch graph[member].kind {
        case .list(let element): return .list(try list(elements, element))
        case .map(let key, let value): return .structure(try map(elements, key, value))
        default: return try value(elements[0], member)
        }
    }

    func value(_ element: XMLElement, _ member: Shape.Member) throws(CodecError) -> AWSValue {
        let shape = graph[member]
        switch shape.kind {
        case .structure: return .structure(try members(element, of: shape))
        case .list(let item): return .list(try list(element.children, item))
        case .map(let key, let value): return .structure(try map(element.children, key, value))
        default: return try ScalarText.value(element.text, shape.kind)
        }
    }

    private func list(_ elements: [XMLElement], _ member: Shape.Member) throws(CodecError) -> [AWSValue] {
        var found: [AWSValue] = []
        found.reserveCapacity(elements.count)
        for element in elements { found.append(try value(element, member)) }
        return found
    }

    private func map(
        _ entries: [XMLElement], _ key: Shape.Member, _ member: Shape.Member
    ) throws(CodecError) -> AWSMembers {
        var found = AWSMembers()
        let keyName = key.traits.locationName ?? "key"
        let valueName = member.traits.locationName ?? "value"
        for entry in entries {
            guard let name = entry.children.first(where: { $0.localName == keyName }),
                let element = entry.children.first(where: { $0.localName == valueName })
            else { throw CodecError("an entry of a map lacks \(keyName) or \(valueName)", at: 0) }
            found[name.text] = try value(element, member)
        }
        return found
    }
}
