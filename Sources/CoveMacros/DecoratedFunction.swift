// SPDX-License-Identifier: Apache-2.0

import SwiftParser
import SwiftSyntax

/// A function that `@Cove` decorates, once nothing is wrong with it.
struct DecoratedFunction {
    /// An input of the function: a parameter after the session.
    struct Input {
        /// The label and name, as they were written: `in path`.
        let label: String
        /// The label in a call; nil for none.
        let argument: String?
        /// The name within the function, by which it stands in JSON; in backticks where it is no identifier otherwise.
        let name: String
        let type: TypeSyntax
        /// The value where it is left out.
        let fallback: ExprSyntax?
    }

    /// The function's name, with backticks where it has some.
    let name: String
    /// The name by which it is listed: within a type, the type's name stands before it.
    let listing: String
    /// The label of the session in a call; nil for none.
    let session: String?
    let inputs: [Input]
    /// The type of its result; nil where it returns nothing.
    let result: String?
    /// What makes it as visible as it is, with a space behind; empty for what is left out.
    let access: String
    /// The same for members of a type: what is private there would be so to its neighbours.
    let memberAccess: String
    /// `static ` for a member of a type.
    let storage: String
    /// The attributes that say where it is available, a line each.
    let availability: String
    /// The arguments of `@Cove`.
    let options: String

    init(_ function: FunctionDeclSyntax, attribute: AttributeSyntax, surroundings: [Syntax]) {
        name = function.name.text
        let types = surroundings.reversed().compactMap { Self.typeName($0) }
        listing = (types + [Self.plain(name)]).joined(separator: ".")
        let parameters = function.signature.parameterClause.parameters
        session = parameters.first.flatMap { Self.argument($0) }
        inputs = parameters.dropFirst().map { parameter in
            Input(
                label: [parameter.firstName.text, parameter.secondName?.text].compactMap { $0 }.joined(separator: " "),
                argument: Self.argument(parameter),
                name: Self.identifier((parameter.secondName ?? parameter.firstName).text),
                type: Self.valueType(parameter.type), fallback: parameter.defaultValue?.value.trimmed)
        }
        result = function.signature.returnClause.flatMap { Self.result($0.type) }
        let level = function.modifiers.first { modifier in
            switch modifier.name.tokenKind {
            case .keyword(.public), .keyword(.package), .keyword(.internal), .keyword(.fileprivate), .keyword(.private):
                true
            default: false
            }
        }?.name.text
        access = level.map { "\($0) " } ?? ""
        memberAccess = level == "public" || level == "package" ? access : ""
        storage = surroundings.isEmpty ? "" : "static "
        availability = function.attributes.compactMap { $0.as(AttributeSyntax.self) }
            .filter { $0.attributeName.trimmedDescription == "available" }
            .map { $0.trimmedDescription + "\n" }.joined()
        options = attribute.arguments?.trimmedDescription ?? ""
    }

    /// A name without backticks.
    static func plain(_ name: String) -> String { name.filter { $0 != "`" } }

    private static func argument(_ parameter: FunctionParameterSyntax) -> String? {
        if case .wildcard = parameter.firstName.tokenKind { return nil }
        return label(parameter.firstName.text)
    }

    /// A name as the label of an argument, where hardly a keyword needs backticks.
    static func label(_ name: String) -> String {
        let plain = plain(name)
        return ["inout", "let", "var"].contains(plain) || isRaw(plain) ? "`\(plain)`" : plain
    }

    /// A name as an identifier: a parameter may be called `for`, what is made of it may not.
    static func identifier(_ name: String) -> String {
        let plain = plain(name)
        return plain.isValidSwiftIdentifier(for: .variableName) ? plain : "`\(plain)`"
    }

    /// Whether a name is one only by its backticks, as `my name` is, and cannot be a part of another.
    static func isRaw(_ plain: String) -> Bool {
        plain.first?.isNumber == true || !"_\(plain)".isValidSwiftIdentifier(for: .variableName)
    }

    private static func typeName(_ surrounding: Syntax) -> String? {
        if let type = surrounding.as(ExtensionDeclSyntax.self) { return type.extendedType.trimmedDescription }
        return surrounding.asProtocol((any NamedDeclSyntax).self).map { plain($0.name.text) }
    }

    /// The type of a value that a parameter takes: without what says how it is passed.
    private static func valueType(_ type: TypeSyntax) -> TypeSyntax {
        (type.as(AttributedTypeSyntax.self)?.baseType ?? type).trimmed
    }

    private static func result(_ type: TypeSyntax) -> String? { isVoid(type) ? nil : type.trimmedDescription }

    /// Whether a type says that there is no result.
    static func isVoid(_ type: TypeSyntax) -> Bool { ["Void", "Swift.Void", "()"].contains(type.trimmedDescription) }
}
