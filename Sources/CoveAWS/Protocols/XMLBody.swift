// SPDX-License-Identifier: Apache-2.0

/// Writes an input as XML.
struct XMLBody {
    let graph: ShapeGraph
    private(set) var bytes: [UInt8] = []

    init(graph: ShapeGraph) { self.graph = graph }

    /// Writes a structure as an element.
    ///
    /// - Parameter isIncluded: which of its members stand in the body.
    mutating func write(
        members: AWSMembers, of shape: Shape, _ name: String, _ namespace: XMLNamespace?,
        where isIncluded: (Shape.Member) -> Bool = { _ in true }
    ) throws {
        var attributes: [(String, String)] = []
        for member in shape.members where member.traits.isXMLAttribute {
            guard let value = members[member.name]?.string else { continue }
            attributes.append((member.traits.locationName ?? member.name, value))
        }
        open(name, namespace, attributes)
        for member in shape.members where isIncluded(member) && !member.traits.isXMLAttribute {
            guard let value = members[member.name], !value.isNull else { continue }
            try write(value, member, member.traits.locationName ?? member.name)
        }
        close(name)
    }

    private mutating func write(_ value: AWSValue, _ member: Shape.Member, _ name: String) throws {
        let shape = graph[member]
        let namespace = member.traits.xmlNamespace
        switch shape.kind {
        case .structure: try write(members: value.structure ?? AWSMembers(), of: shape, name, namespace)
        case .list(let element):
            let elementName = member.traits.isFlattened ? name : element.traits.locationName ?? "member"
            if !member.traits.isFlattened { open(name, namespace) }
            for item in value.list ?? [] { try write(item, element, elementName) }
            if !member.traits.isFlattened { close(name) }
        case .map(let key, let element):
            if !member.traits.isFlattened { open(name, namespace) }
            let entryName = member.traits.isFlattened ? name : "entry"
            for entry in value.structure ?? AWSMembers() {
                open(entryName)
                try write(.string(entry.name), key, key.traits.locationName ?? "key")
                try write(entry.value, element, element.traits.locationName ?? "value")
                close(entryName)
            }
            if !member.traits.isFlattened { close(name) }
        default:
            open(name, namespace)
            text(try WireText.scalar(value, shape.kind, member.traits.timestampFormat ?? .iso8601))
            close(name)
        }
    }

    private mutating func open(_ name: String, _ namespace: XMLNamespace? = nil, _ attributes: [(String, String)] = [])
    {
        raw("<\(name)")
        if let namespace { attribute(namespace.attribute, namespace.uri) }
        for (name, value) in attributes { attribute(name, value) }
        raw(">")
    }

    private mutating func attribute(_ name: String, _ value: String) {
        raw(" \(name)=\"")
        text(value)
        raw("\"")
    }

    private mutating func close(_ name: String) { raw("</\(name)>") }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): raw("&amp;")
            case UInt8(ascii: "<"): raw("&lt;")
            case UInt8(ascii: ">"): raw("&gt;")
            case UInt8(ascii: "\""): raw("&quot;")
            case 0x0D: raw("&#13;")
            case 0x0A: raw("&#10;")
            default: bytes.append(byte)
            }
        }
    }
}
