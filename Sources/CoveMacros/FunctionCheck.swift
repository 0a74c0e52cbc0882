// SPDX-License-Identifier: Apache-2.0

import SwiftDiagnostics
import SwiftSyntax

/// Looks for what is wrong with a function that `@Cove` decorates; every mistake is told where it stands.
struct FunctionCheck {
    private let function: FunctionDeclSyntax
    private let attribute: AttributeSyntax
    /// What the function is in, from the inside out.
    private let surroundings: [Syntax]

    init(_ function: FunctionDeclSyntax, attribute: AttributeSyntax, surroundings: [Syntax]) {
        self.function = function
        self.attribute = attribute
        self.surroundings = surroundings
    }

    /// What is wrong, in the order of the source.
    var findings: [Diagnostic] {
        // The second attribute's expansion would only declare everything again.
        if isRepeated { return [Mistake.repeated.diagnosis(at: attribute)] }
        return [place, name, generics].compactMap { $0 } + parameters + [effects, result].compactMap { $0 }
    }

    // MARK: Place and name

    private var isRepeated: Bool {
        let all = function.attributes.compactMap { $0.as(AttributeSyntax.self) }
            .filter { $0.attributeName.trimmedDescription == attribute.attributeName.trimmedDescription }
        return all.count > 1 && all.first?.position != attribute.position
    }

    private var place: Diagnostic? {
        guard let surrounding = surroundings.first else { return nil }
        if surrounding.is(ProtocolDeclSyntax.self) { return Mistake.inProtocol.diagnosis(at: function.name) }
        let isOfType =
            surrounding.is(ExtensionDeclSyntax.self) || surrounding.asProtocol((any DeclGroupSyntax).self) != nil
        guard isOfType else { return Mistake.misplaced.diagnosis(at: function.name) }
        let isStatic = function.modifiers.contains { $0.name.tokenKind == .keyword(.static) }
        if isStatic { return nil }
        var fixed = function
        if let index = fixed.modifiers.firstIndex(where: { $0.name.tokenKind == .keyword(.class) }) {
            fixed.modifiers[index].name.tokenKind = .keyword(.static)
        } else {
            // The blank between declarations stands before the first token, whichever that is.
            let keyword = fixed.funcKeyword
            var modifier = DeclModifierSyntax(name: .keyword(.static, trailingTrivia: .space))
            if fixed.modifiers.isEmpty {
                modifier.leadingTrivia = keyword.leadingTrivia
                fixed.funcKeyword.leadingTrivia = []
            }
            fixed.modifiers.append(modifier)
        }
        return Mistake.misplaced.diagnosis(
            at: function.name,
            fixIts: [.replace(message: Remedy("make it 'static'"), oldNode: function, newNode: fixed)])
    }

    private var name: Diagnostic? {
        guard case .identifier(let name) = function.name.tokenKind else {
            return Mistake.notNamed.diagnosis(at: function.name)
        }
        return DecoratedFunction.isRaw(DecoratedFunction.plain(name))
            ? Mistake.rawName.diagnosis(at: function.name) : nil
    }

    private var generics: Diagnostic? {
        if let clause = function.genericParameterClause { return Mistake.generic.diagnosis(at: clause) }
        return function.genericWhereClause.map { Mistake.generic.diagnosis(at: $0) }
    }

    // MARK: Parameters

    private var parameters: [Diagnostic] {
        let clause = function.signature.parameterClause
        guard let first = clause.parameters.first else { return [withoutSession(clause)] }
        var found: [Diagnostic] = []
        if !Self.isSession(first.type) { found.append(Mistake.noSession.diagnosis(at: first.type)) }
        return found + clause.parameters.dropFirst().flatMap { input($0) }
    }

    private func withoutSession(_ clause: FunctionParameterClauseSyntax) -> Diagnostic {
        var fixed = clause
        fixed.parameters = [
            FunctionParameterSyntax(
                firstName: .identifier("session"), colon: .colonToken(trailingTrivia: .space),
                type: IdentifierTypeSyntax(name: .identifier("CoveSession")))
        ]
        return Mistake.noSession.diagnosis(
            at: clause,
            fixIts: [.replace(message: Remedy("take 'session: CoveSession'"), oldNode: clause, newNode: fixed)])
    }

    private static func isSession(_ type: TypeSyntax) -> Bool {
        if let type = type.as(IdentifierTypeSyntax.self) { return type.name.text == "CoveSession" }
        return type.as(MemberTypeSyntax.self)?.name.text == "CoveSession"
    }

    private func input(_ parameter: FunctionParameterSyntax) -> [Diagnostic] {
        var found: [Diagnostic] = []
        if let ellipsis = parameter.ellipsis { found.append(Mistake.variadicInput.diagnosis(at: ellipsis)) }
        if case .wildcard = (parameter.secondName ?? parameter.firstName).tokenKind {
            found.append(Mistake.unnamedInput.diagnosis(at: parameter.secondName ?? parameter.firstName))
        }
        for specifier in parameter.type.as(AttributedTypeSyntax.self)?.specifiers ?? [] {
            guard let simple = specifier.as(SimpleTypeSpecifierSyntax.self),
                simple.specifier.tokenKind == .keyword(.inout)
            else { continue }
            found.append(Mistake.inoutInput.diagnosis(at: simple))
        }
        if let type = Self.opaque(parameter.type) {
            found.append(Mistake.generic.diagnosis(at: type))
        } else if let type = UncodableType.within(parameter.type) {
            found.append(Mistake.uncodableInput.diagnosis(at: type))
        }
        return found
    }

    // MARK: Effects and result

    private var effects: Diagnostic? {
        let effects = function.signature.effectSpecifiers
        if let clause = effects?.throwsClause, clause.throwsSpecifier.tokenKind == .keyword(.rethrows) {
            return Mistake.rethrowing.diagnosis(at: clause)
        }
        let (isAsync, throwing) = (effects?.asyncSpecifier != nil, effects?.throwsClause != nil)
        if isAsync, throwing { return nil }
        var fixed = function.signature
        var specifiers =
            effects ?? FunctionEffectSpecifiersSyntax(leadingTrivia: .space)
        specifiers.asyncSpecifier = .keyword(.async, trailingTrivia: .space)
        specifiers.throwsClause =
            specifiers.throwsClause ?? ThrowsClauseSyntax(throwsSpecifier: .keyword(.throws, trailingTrivia: .space))
        // What stood behind the parameters stands behind the specifiers.
        fixed.parameterClause.trailingTrivia = .space
        if fixed.returnClause == nil { specifiers.throwsClause?.trailingTrivia = .space }
        specifiers.leadingTrivia = []
        fixed.effectSpecifiers = specifiers
        return (isAsync ? Mistake.notThrowing : .notAsync).diagnosis(
            at: function.signature.effectSpecifiers.map { Syntax($0) } ?? Syntax(function.name),
            fixIts: [
                .replace(message: Remedy("make it 'async throws'"), oldNode: function.signature, newNode: fixed)
            ])
    }

    private var result: Diagnostic? {
        guard let type = function.signature.returnClause?.type, !DecoratedFunction.isVoid(type) else { return nil }
        if let hidden = Self.opaque(type) { return Mistake.opaqueResult.diagnosis(at: hidden) }
        return UncodableType.within(type).map { Mistake.uncodableResult.diagnosis(at: $0) }
    }

    /// The `some` type that a type is or holds; nil where it is none.
    private static func opaque(_ type: TypeSyntax) -> SomeOrAnyTypeSyntax? {
        let search = OpaqueTypeSearch(viewMode: .sourceAccurate)
        search.walk(type)
        return search.found
    }
}

/// Finds `some`, wherever it stands in a type.
private final class OpaqueTypeSearch: SyntaxVisitor {
    var found: SomeOrAnyTypeSyntax?

    override func visit(_ node: SomeOrAnyTypeSyntax) -> SyntaxVisitorContinueKind {
        guard node.someOrAnySpecifier.tokenKind == .keyword(.some) else { return .visitChildren }
        found = found ?? node
        return .skipChildren
    }
}
