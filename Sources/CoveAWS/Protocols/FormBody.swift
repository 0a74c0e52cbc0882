// SPDX-License-Identifier: Apache-2.0

/// Writes an input as the fields of a form: the query protocol, and EC2's form of it.
struct FormBody {
    let graph: ShapeGraph
    let isEC2: Bool

    func write(members: AWSMembers, of shape: Shape, prefix: String, to form: inout FormWriter) throws {
        for member in shape.members {
            guard let value = members[member.name], !value.isNull else { continue }
            let name = name(of: member, default: member.name)
            try write(value, member, prefix: prefix.isEmpty ? name : prefix + "." + name, to: &form)
        }
    }

    private func name(of member: Shape.Member, default fallback: String) -> String {
        guard isEC2 else { return member.traits.locationName ?? fallback }
        if let name = member.traits.queryName { return name }
        return member.traits.locationName.map { $0.prefix(1).uppercased() + $0.dropFirst() } ?? fallback
    }

    private func write(_ value: AWSValue, _ member: Shape.Member, prefix: String, to form: inout FormWriter) throws {
        let shape = graph[member]
        switch shape.kind {
        case .structure:
            try write(members: value.structure ?? AWSMembers(), of: shape, prefix: prefix, to: &form)
        case .list(let element): try write(value.list ?? [], element, member, prefix: prefix, to: &form)
        case .map(let key, let element):
            let start = member.traits.isFlattened ? prefix : prefix + ".entry"
            for (index, entry) in (value.structure ?? AWSMembers()).enumerated() {
                let place = "\(start).\(index + 1)"
                form.add(place + "." + (key.traits.locationName ?? "key"), entry.name)
                try write(
                    entry.value, element, prefix: place + "." + (element.traits.locationName ?? "value"), to: &form)
            }
        default: form.add(prefix, try WireText.scalar(value, shape.kind, member.traits.timestampFormat ?? .iso8601))
        }
    }

    private func write(
        _ elements: [AWSValue], _ element: Shape.Member, _ member: Shape.Member, prefix: String,
        to form: inout FormWriter
    ) throws {
        var start = prefix
        if !isEC2 {
            if elements.isEmpty {
                form.add(prefix, "")
                return
            }
            if !member.traits.isFlattened {
                start += "." + (element.traits.locationName ?? "member")
            } else if let name = element.traits.locationName, !name.isEmpty {
                start = (prefix.split(separator: ".").dropLast().map(String.init) + [name]).joined(separator: ".")
            }
        }
        for (index, value) in elements.enumerated() {
            try write(value, element, prefix: "\(start).\(index + 1)", to: &form)
        }
    }
}
