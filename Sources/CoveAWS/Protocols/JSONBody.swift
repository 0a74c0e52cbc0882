// SPDX-License-Identifier: Apache-2.0

/// Writes an input as JSON.
struct JSONBody {
    let graph: ShapeGraph
    var writer = JSONWriter()

    init(graph: ShapeGraph) { self.graph = graph }

    /// Writes a structure.
    ///
    /// - Parameter isIncluded: which of its members stand in the body.
    mutating func write(
        members: AWSMembers, of shape: Shape, where isIncluded: (Shape.Member) -> Bool = { _ in true }
    ) throws {
        if shape.traits.isDocument { return document(.structure(members)) }
        writer.append("{")
        var isFirst = true
        for member in shape.members where isIncluded(member) {
            guard let value = members[member.name], !value.isNull else { continue }
            if !isFirst { writer.append(",") }
            isFirst = false
            writer.string(member.traits.locationName ?? member.name)
            writer.append(":")
            try write(value, member)
        }
        writer.append("}")
    }

    mutating func write(_ value: AWSValue, _ member: Shape.Member) throws {
        let shape = graph[member]
        if value.isNull {
            writer.append("null")
            return
        }
        switch shape.kind {
        case .structure:
            if shape.traits.isDocument { return document(value) }
            try write(members: value.structure ?? AWSMembers(), of: shape)
        case .list(let element):
            writer.append("[")
            for (index, item) in (value.list ?? []).enumerated() {
                if index > 0 { writer.append(",") }
                try write(item, element)
            }
            writer.append("]")
        case .map(_, let element):
            writer.append("{")
            for (index, entry) in (value.structure ?? AWSMembers()).enumerated() {
                if index > 0 { writer.append(",") }
                writer.string(entry.name)
                writer.append(":")
                try write(entry.value, element)
            }
            writer.append("}")
        case .timestamp:
            let format = member.traits.timestampFormat ?? .unixTimestamp
            let text = WireText.text(try WireText.moment(value), format)
            if format == .unixTimestamp { writer.append(text) } else { writer.string(text) }
        case .float, .double:
            guard let number = value.double, number.isFinite else {
                writer.string(value.double.map { WireText.text($0) } ?? value.string ?? "")
                return
            }
            writer.append(value.integer.map { "\($0)" } ?? "\(number)")
        case .blob: writer.string(Base64.encode(WireText.bytes(value)))
        case .string, .boolean, .integer, .long: document(value)
        }
    }

    private mutating func document(_ value: AWSValue) { writer.append(value.jsonText()) }
}
