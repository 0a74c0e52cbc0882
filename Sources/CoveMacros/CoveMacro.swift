// SPDX-License-Identifier: Apache-2.0

package import SwiftSyntax
package import SwiftSyntaxMacros

/// `@Cove`: gives a function `f(session:…)` the overload `f(…)`, which runs it everywhere, and the value `$f`.
package struct CoveMacro: PeerMacro {
    package static func expansion(
        of node: AttributeSyntax, providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        guard let function = declaration.as(FunctionDeclSyntax.self) else {
            context.diagnose(Mistake.notAFunction.diagnosis(at: node))
            return []
        }
        let findings = FunctionCheck(function, attribute: node, surroundings: context.lexicalContext).findings
        guard findings.isEmpty else {
            for finding in findings { context.diagnose(finding) }
            return []
        }
        return FunctionPeers(
            DecoratedFunction(function, attribute: node, surroundings: context.lexicalContext)
        ).all
    }
}
