// SPDX-License-Identifier: Apache-2.0

/// The rules by which a service's endpoints are found (`endpoint-rule-set-1.json`, Smithy rules engine 1.0).
package struct EndpointRuleset: Sendable {
    /// What a rule may refer to before any rule has said anything.
    struct Parameter: Sendable {
        var name: String
        var isBoolean: Bool
        var isList: Bool
        var isRequired: Bool
        /// The setting that fills it, `AWS::Region`; nil where it comes from the operation's input.
        var builtIn: String?
        var defaultValue: AWSValue?
    }

    /// A rule: when all its conditions hold, what it says.
    struct Rule: Sendable {
        var conditions: [Condition]
        var consequence: Consequence
    }

    /// What a rule says.
    indirect enum Consequence: Sendable {
        case endpoint(url: Argument, properties: Argument, headers: [(name: String, values: [Argument])])
        case error(Argument)
        case rules([Rule])
    }

    /// A call whose result is neither nothing nor false, and the name that it gets.
    struct Condition: Sendable {
        var call: Call
        var assignedName: String?
    }

    struct Call: Sendable {
        var function: EndpointFunction
        var arguments: [Argument]
    }

    /// A value, or how to get one.
    indirect enum Argument: Sendable {
        case value(AWSValue)
        case reference(String)
        case call(Call)
        /// Text with values put in.
        case template([Piece])
        case list([Argument])
        case record([(name: String, value: Argument)])
    }

    /// A part of a template.
    enum Piece: Sendable {
        case text(String)
        /// A name, and the members to follow from its value.
        case value([String])
    }

    let parameters: [Parameter]
    let rules: [Rule]

    /// How deep rules and values may nest.
    private static let maximumDepth = 64

    /// The rules of a document.
    ///
    /// - Throws: `AWSError` (`.unreadable`) when it is none of version 1.
    package init(_ bytes: [UInt8]) throws {
        let document: AWSValue
        do { document = AWSValue(json: try JSONReader.read(bytes)) } catch {
            throw Self.unreadable("it is not JSON: \(error)")
        }
        guard let version = document["version"].string, version.hasPrefix("1.") else {
            throw Self.unreadable("its version is \(document["version"].jsonText()), expected 1.0")
        }
        parameters = try (document["parameters"].structure ?? AWSMembers()).map(Self.parameter)
        guard let list = document["rules"].list else { throw Self.unreadable("it has no rules") }
        rules = try list.map { try Self.rule($0, depth: 0) }
    }

    private static func parameter(_ member: AWSMembers.Element) throws -> Parameter {
        let value = member.value
        let type = value["type"].string?.lowercased()
        guard type == "string" || type == "boolean" || type == "stringarray" else {
            throw unreadable("parameter \(member.name) is of type \(value["type"].jsonText())")
        }
        return Parameter(
            name: member.name, isBoolean: type == "boolean", isList: type == "stringarray",
            isRequired: value["required"].bool ?? false, builtIn: value["builtIn"].string,
            defaultValue: value.structure?["default"])
    }

    private static func rule(_ value: AWSValue, depth: Int) throws -> Rule {
        guard depth < maximumDepth else { throw unreadable("its rules nest deeper than \(maximumDepth) levels") }
        let conditions = try (value["conditions"].list ?? []).map { condition in
            Condition(call: try call(condition, depth: depth), assignedName: condition["assign"].string)
        }
        switch value["type"].string {
        case "endpoint":
            let endpoint = value["endpoint"]
            let headers = try (endpoint["headers"].structure ?? AWSMembers()).map { member in
                (member.name, try (member.value.list ?? []).map { try argument($0, depth: depth + 1) })
            }
            return Rule(
                conditions: conditions,
                consequence: .endpoint(
                    url: try argument(endpoint["url"], depth: depth + 1),
                    properties: try argument(endpoint["properties"], depth: depth + 1), headers: headers))
        case "error":
            return Rule(conditions: conditions, consequence: .error(try argument(value["error"], depth: depth + 1)))
        case "tree":
            let rules = try (value["rules"].list ?? []).map { try rule($0, depth: depth + 1) }
            return Rule(conditions: conditions, consequence: .rules(rules))
        default: throw unreadable("a rule is of type \(value["type"].jsonText()), expected endpoint, error or tree")
        }
    }

    private static func call(_ value: AWSValue, depth: Int) throws -> Call {
        guard let name = value["fn"].string, let function = EndpointFunction(rawValue: name) else {
            throw unreadable("it calls \(value["fn"].jsonText()), which is no function of the rules engine")
        }
        let arguments = try (value["argv"].list ?? []).map { try argument($0, depth: depth + 1) }
        guard arguments.count == function.argumentCount else {
            throw unreadable("it calls \(name) with \(arguments.count) arguments, expected \(function.argumentCount)")
        }
        return Call(function: function, arguments: arguments)
    }

    private static func argument(_ value: AWSValue, depth: Int) throws -> Argument {
        guard depth < maximumDepth else { throw unreadable("its values nest deeper than \(maximumDepth) levels") }
        switch value {
        case .string(let text):
            let pieces = try pieces(of: text)
            if case .text(let plain)? = pieces.first, pieces.count == 1 { return .value(.string(plain)) }
            return pieces.isEmpty ? .value("") : .template(pieces)
        case .list(let elements): return .list(try elements.map { try argument($0, depth: depth + 1) })
        case .structure(let members):
            if let name = members["ref"]?.string { return .reference(name) }
            if members["fn"] != nil { return .call(try call(value, depth: depth)) }
            return .record(try members.map { ($0.name, try argument($0.value, depth: depth + 1)) })
        default: return .value(value)
        }
    }

    /// The pieces of a text in which `{name}` and `{name#member}` stand for values, and doubled braces for themselves.
    private static func pieces(of text: String) throws -> [Piece] {
        var pieces: [Piece] = []
        var plain = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if (character == "{" || character == "}"), rest.first == character {
                rest.removeFirst()
                plain.append(character)
            } else if character == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw unreadable("a brace is not closed in \(text)") }
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(.value(rest[..<end].split(separator: "#").map(String.init)))
                rest = rest[rest.index(after: end)...]
            } else {
                plain.append(character)
            }
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }

    static func unreadable(_ problem: String) -> AWSError {
        AWSError(.unreadable, code: "InvalidRuleset", message: "the endpoint rules cannot be used: \(problem)")
    }
}
