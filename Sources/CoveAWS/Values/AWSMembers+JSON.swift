// SPDX-License-Identifier: Apache-2.0

extension AWSMembers {
    /// The input of an operation that is written as JSON, with bytes as base64.
    ///
    /// Whether the members are those of the operation is not looked at.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) when the text is no JSON object, or with every member whose bytes are not
    ///   base64.
    package init(json text: [UInt8], for operation: OperationModel) throws {
        let document: AWSValue
        do {
            document = AWSValue(json: try JSONReader.read(text))
        } catch {
            throw Self.invalid("the input is not JSON: \(error.message) at byte \(error.offset)")
        }
        guard let members = document.structure else {
            throw Self.invalid(
                "the input is \(document.jsonText().prefix(40)): expected an object with the operation's members")
        }
        guard let place = operation.input else {
            self = members
            return
        }
        var reader = InputBytes(graph: operation.graph)
        self = reader.members(members, of: operation.graph[place], at: "")
        guard reader.problems.isEmpty else { throw Self.invalid(reader.problems.joined(separator: "\n")) }
    }

    private static func invalid(_ message: String) -> AWSError {
        AWSError(.invalidInput, code: "ParamValidation", message: message)
    }
}

/// Makes bytes of the base64 texts in an input, by its type.
private struct InputBytes {
    let graph: ShapeGraph
    /// What is no base64, a sentence each.
    var problems: [String] = []

    mutating func members(_ given: AWSMembers, of shape: Shape, at path: String) -> AWSMembers {
        guard !shape.traits.isDocument else { return given }
        var found = AWSMembers(capacity: given.count)
        for element in given {
            guard let member = shape.member(element.name) else {
                found[element.name] = element.value
                continue
            }
            found[element.name] = value(
                element.value, member, at: path.isEmpty ? element.name : "\(path).\(element.name)")
        }
        return found
    }

    private mutating func value(_ given: AWSValue, _ member: Shape.Member, at path: String) -> AWSValue {
        let shape = graph[member]
        switch (shape.kind, given) {
        case (.blob, .string(let text)):
            if let bytes = Base64.decode(text) { return .blob(bytes) }
            problems.append("Invalid base64: parameter \(path) takes bytes, which are written as base64")
            return given
        case (.structure, .structure(let inner)): return .structure(members(inner, of: shape, at: path))
        case (.list(let element), .list(let elements)):
            var found: [AWSValue] = []
            for (index, item) in elements.enumerated() { found.append(value(item, element, at: "\(path)[\(index)]")) }
            return .list(found)
        case (.map(_, let element), .structure(let entries)):
            var found = AWSMembers(capacity: entries.count)
            for entry in entries { found[entry.name] = value(entry.value, element, at: "\(path).\(entry.name)") }
            return .structure(found)
        default: return given
        }
    }
}
