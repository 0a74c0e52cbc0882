// SPDX-License-Identifier: Apache-2.0

/// What the rules say of a call: where it goes.
package struct ResolvedEndpoint: Sendable, Equatable {
    /// The URL, with scheme, host and perhaps a path.
    package var url: String
    /// How calls are signed there (`authSchemes`), and what else is known of it.
    package var properties: AWSValue
    /// Header fields that every request there carries.
    package var headers: [String: [String]]
}

extension EndpointRuleset {
    /// The endpoint for parameters, by name.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) with the rules' own text when they refuse, or when a parameter is missing or of another
    ///   type.
    package func resolve(_ given: [String: AWSValue]) throws -> ResolvedEndpoint {
        var scope: [String: AWSValue] = [:]
        for parameter in parameters {
            let value = given[parameter.name].flatMap { $0.isNull ? nil : $0 } ?? parameter.defaultValue
            guard let value else {
                if parameter.isRequired {
                    throw Self.refusal("the endpoint rules need the parameter \(parameter.name)")
                }
                continue
            }
            let isRight =
                parameter.isBoolean ? value.bool != nil : parameter.isList ? value.list != nil : value.string != nil
            guard isRight else {
                throw Self.refusal("the parameter \(parameter.name) of the endpoint rules is \(value.jsonText())")
            }
            scope[parameter.name] = value
        }
        guard let endpoint = try Self.first(of: rules, scope) else {
            throw Self.refusal("no endpoint rule fits the parameters")
        }
        return endpoint
    }

    private static func refusal(_ message: String) -> AWSError {
        AWSError(.invalidInput, code: "EndpointResolution", message: message)
    }

    private static func first(of rules: [Rule], _ scope: [String: AWSValue]) throws -> ResolvedEndpoint? {
        for rule in rules {
            var inner = scope
            guard try hold(rule.conditions, &inner) else { continue }
            switch rule.consequence {
            case .error(let message): throw refusal(try value(message, inner).string ?? "the endpoint rules refuse")
            case .rules(let rules):
                if let endpoint = try first(of: rules, inner) { return endpoint }
            case .endpoint(let url, let properties, let headers):
                guard let url = try value(url, inner).string else { throw refusal("an endpoint rule gives no URL") }
                var fields: [String: [String]] = [:]
                for header in headers {
                    fields[header.name] = try header.values.compactMap { try value($0, inner).string }
                }
                return ResolvedEndpoint(
                    url: url, properties: try value(properties, inner).structure.map { .structure($0) } ?? [:],
                    headers: fields)
            }
        }
        return nil
    }

    private static func hold(_ conditions: [Condition], _ scope: inout [String: AWSValue]) throws -> Bool {
        for condition in conditions {
            let result = try call(condition.call, scope)
            if result.isNull || result == false { return false }
            if let name = condition.assignedName { scope[name] = result }
        }
        return true
    }

    private static func call(_ call: Call, _ scope: [String: AWSValue]) throws -> AWSValue {
        try call.function.call(call.arguments.map { try value($0, scope) })
    }

    private static func value(_ argument: Argument, _ scope: [String: AWSValue]) throws -> AWSValue {
        switch argument {
        case .value(let value): return value
        case .reference(let name): return scope[name] ?? .null
        case .call(let nested): return try call(nested, scope)
        case .list(let elements): return .list(try elements.map { try value($0, scope) })
        case .record(let members):
            var record = AWSMembers()
            for member in members { record[member.name] = try value(member.value, scope) }
            return .structure(record)
        case .template(let pieces):
            var text = ""
            for piece in pieces {
                switch piece {
                case .text(let plain): text += plain
                case .value(let path):
                    var found = path.first.flatMap { scope[$0] } ?? .null
                    for member in path.dropFirst() { found = found[member] }
                    guard let part = found.string else {
                        throw unreadable("{\(path.joined(separator: "#"))} stands for no text")
                    }
                    text += part
                }
            }
            return .string(text)
        }
    }
}
