// SPDX-License-Identifier: Apache-2.0

/// Writes an input as CBOR.
struct CBORBody {
    let graph: ShapeGraph
    var writer = CBORWriter()

    init(graph: ShapeGraph) { self.graph = graph }

    mutating func write(members: AWSMembers, of shape: Shape) throws {
        let given = shape.members.compactMap { member in
            members[member.name].flatMap { $0.isNull ? nil : (member, $0) }
        }
        writer.head(.map, UInt64(given.count))
        for (member, value) in given {
            writer.text(member.traits.locationName ?? member.name)
            try write(value, member)
        }
    }

    private mutating func write(_ value: AWSValue, _ member: Shape.Member) throws {
        if value.isNull { return writer.null() }
        let shape = graph[member]
        switch shape.kind {
        case .structure: try write(members: value.structure ?? AWSMembers(), of: shape)
        case .list(let element):
            let elements = value.list ?? []
            writer.head(.array, UInt64(elements.count))
            for item in elements { try write(item, element) }
        case .map(_, let element):
            let entries = value.structure ?? AWSMembers()
            writer.head(.map, UInt64(entries.count))
            for entry in entries {
                writer.text(entry.name)
                try write(entry.value, element)
            }
        case .string: writer.text(value.string ?? value.jsonText())
        case .boolean: writer.bool(value.bool ?? false)
        case .integer, .long: writer.integer(value.integer ?? 0)
        case .float: writer.float(Float(value.double ?? 0))
        case .double: writer.double(value.double ?? 0)
        case .blob: writer.blob(WireText.bytes(value))
        case .timestamp:
            let seconds = try WireText.moment(value)
            writer.head(.tag, 1)
            if let whole = Int64(exactly: seconds) { writer.integer(whole) } else { writer.double(seconds) }
        }
    }
}
