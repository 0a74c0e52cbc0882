// SPDX-License-Identifier: Apache-2.0

import SwiftSyntax

/// A type that is never `Codable`, whatever else a program declares: what its spelling tells.
enum UncodableType {
    private static let existentials: Set<String> = ["Any", "AnyObject"]
    /// The generic types that are `Codable` only when what they hold is: of others nobody knows that.
    private static let containers: Set<String> = ["Array", "ContiguousArray", "Dictionary", "Optional", "Set"]

    /// The first such type that a type is or holds; nil for none.
    static func within(_ type: TypeSyntax) -> TypeSyntax? {
        if let type = type.as(AttributedTypeSyntax.self) { return within(type.baseType) }
        if let type = type.as(OptionalTypeSyntax.self) { return within(type.wrappedType) }
        if let type = type.as(ArrayTypeSyntax.self) { return within(type.element) }
        if let type = type.as(DictionaryTypeSyntax.self) { return within(type.key) ?? within(type.value) }
        if let tuple = type.as(TupleTypeSyntax.self) {
            // Parentheses around one type are only that.
            guard let only = tuple.elements.first, tuple.elements.count == 1 else { return type }
            return within(only.type)
        }
        if let type = type.as(IdentifierTypeSyntax.self) {
            return within(type.name, type.genericArgumentClause, TypeSyntax(type))
        }
        if let type = type.as(MemberTypeSyntax.self), type.baseType.trimmedDescription == "Swift" {
            return within(type.name, type.genericArgumentClause, TypeSyntax(type))
        }
        let isNever =
            type.is(FunctionTypeSyntax.self) || type.is(SomeOrAnyTypeSyntax.self) || type.is(MetatypeTypeSyntax.self)
        return isNever ? type : nil
    }

    private static func within(
        _ name: TokenSyntax, _ arguments: GenericArgumentClauseSyntax?, _ type: TypeSyntax
    ) -> TypeSyntax? {
        if existentials.contains(name.text) { return type }
        guard containers.contains(name.text) else { return nil }
        for argument in arguments?.arguments ?? [] {
            if let argument = argument.argument.as(TypeSyntax.self), let found = within(argument) { return found }
        }
        return nil
    }
}
