// SPDX-License-Identifier: Apache-2.0

/// Checks parameters by an operation's model before anything is sent: names, types, what is required, smallest lengths.
///
/// Finds everything that is wrong, and says it in botocore's words.
struct ParameterValidator {
    private let graph: ShapeGraph
    private var problems: [String] = []

    /// Checks the input of an operation.
    ///
    /// - Throws: `AWSError` (`.invalidInput`, `ParamValidation`) with all problems, a line each.
    static func check(_ input: AWSMembers, of operation: OperationModel) throws {
        guard let place = operation.input else { return }
        var validator = ParameterValidator(graph: operation.graph)
        validator.check(members: input, operation.graph[place], name: "")
        guard !validator.problems.isEmpty else { return }
        throw AWSError(
            .invalidInput, code: "ParamValidation",
            message: "Parameter validation failed:\n" + validator.problems.joined(separator: "\n"))
    }

    private init(graph: ShapeGraph) { self.graph = graph }

    private mutating func check(_ value: AWSValue, _ member: Shape.Member, name: String) {
        let shape = graph[member]
        if member.traits.isJSONValue { return }
        switch shape.kind {
        case .structure:
            if shape.traits.isDocument { return check(document: value, name: name) }
            guard let members = value.structure else { return reject(value, name, "<class 'dict'>") }
            check(members: members, shape, name: name)
        case .map(let key, let element):
            guard let entries = value.structure else { return reject(value, name, "<class 'dict'>") }
            for entry in entries {
                check(.string(entry.name), key, name: "\(name) (key: \(entry.name))")
                check(entry.value, element, name: "\(name).\(entry.name)")
            }
        case .list(let element):
            guard let elements = value.list else {
                return reject(value, name, "<class 'list'>, <class 'tuple'>")
            }
            check(length: elements.count, shape, member, name)
            for (index, item) in elements.enumerated() { check(item, element, name: "\(name)[\(index)]") }
        case .string:
            guard let text = value.string else { return reject(value, name, "<class 'str'>") }
            check(length: text.unicodeScalars.count, shape, member, name)
        case .integer, .long:
            // A boolean is a whole number to botocore.
            guard value.integer != nil || value.bool != nil else { return reject(value, name, "<class 'int'>") }
            check(number: value, shape, name)
        case .float, .double:
            guard value.double != nil || value.bool != nil else {
                return reject(value, name, "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>")
            }
            check(number: value, shape, name)
        case .boolean:
            if value.bool == nil { reject(value, name, "<class 'bool'>") }
        case .blob:
            if value.string == nil, value.blob == nil {
                reject(value, name, "<class 'bytes'>, <class 'bytearray'>, file-like object")
            }
        case .timestamp:
            if (try? WireText.moment(value)) == nil {
                reject(value, name, "<class 'datetime.datetime'>, timestamp-string")
            }
        }
    }

    private mutating func check(members: AWSMembers, _ shape: Shape, name: String) {
        let names = { shape.members.map(\.name).joined(separator: ", ") }
        if shape.traits.isUnion {
            if members.isEmpty {
                note("Must set one of the following keys for tagged unionstructure \(shown(name)): \(names()).")
            } else if members.count > 1 {
                note(
                    "Invalid number of parameters set for tagged union structure \(shown(name)). "
                        + "Can only set one of the following keys: \(names()).")
            }
        }
        for required in shape.traits.required where members[required] == nil {
            note("Missing required parameter in \(shown(name)): \"\(required)\"")
        }
        for member in members where shape.member(member.name) == nil {
            note("Unknown parameter in \(shown(name)): \"\(member.name)\", must be one of: \(names())")
        }
        for member in members {
            guard let model = shape.member(member.name) else { continue }
            check(member.value, model, name: "\(name).\(member.name)")
        }
    }

    private mutating func check(document value: AWSValue, name: String) {
        switch value {
        case .list(let elements):
            for (index, element) in elements.enumerated() { check(document: element, name: "\(name)[\(index)]") }
        case .structure(let members):
            for member in members { check(document: member.value, name: member.name) }
        case .blob, .timestamp:
            note(
                "Invalid type for document parameter \(shown(name)), value: \(PythonText.text(value)), "
                    + "type: \(PythonText.type(value)), valid types: <class 'str'>, <class 'int'>, <class 'bool'>, "
                    + "<class 'float'>, <class 'list'>, <class 'dict'>")
        case .null, .bool, .integer, .double, .string: break
        }
    }

    private mutating func check(length: Int, _ shape: Shape, _ member: Shape.Member, _ name: String) {
        // What becomes a part of the host's name cannot be empty.
        guard let minimum = shape.traits.minimum ?? (member.traits.isHostLabel ? 1 : nil), Double(length) < minimum
        else { return }
        note(
            "Invalid length for parameter \(shown(name)), value: \(length), "
                + "valid min length: \(WireText.number(minimum))")
    }

    private mutating func check(number value: AWSValue, _ shape: Shape, _ name: String) {
        let number = value.double ?? (value.bool == true ? 1 : 0)
        guard let minimum = shape.traits.minimum, number < minimum else { return }
        note(
            "Invalid value for parameter \(shown(name)), value: \(PythonText.text(value)), "
                + "valid min value: \(WireText.number(minimum))")
    }

    private mutating func reject(_ value: AWSValue, _ name: String, _ types: String) {
        note(
            "Invalid type for parameter \(shown(name)), value: \(PythonText.text(value)), "
                + "type: \(PythonText.type(value)), valid types: \(types)")
    }

    private mutating func note(_ problem: String) { problems.append(problem) }

    private func shown(_ name: String) -> String {
        name.isEmpty ? "input" : name.first == "." ? String(name.dropFirst()) : name
    }
}
