// SPDX-License-Identifier: Apache-2.0

import SwiftDiagnostics
import SwiftSyntax

/// What is wrong with the use of `@Cove`.
enum Mistake: String, DiagnosticMessage {
    case notAFunction = "'@Cove' belongs to a function"
    case notNamed = "a function with '@Cove' has a name of letters: an operator cannot be listed"
    case rawName = "the name of a function with '@Cove' is a plain identifier: it becomes a part of other names"
    case inProtocol = "a requirement of a protocol cannot have '@Cove': decorate a function that does something"
    case misplaced = "a function with '@Cove' is at file scope, or a static member of a type"
    case repeated = "a function has '@Cove' once"
    case notAsync = "a function with '@Cove' is 'async': it waits for AWS"
    case notThrowing = "a function with '@Cove' is 'throws': what it throws becomes an exception of its account"
    case rethrowing = "a function with '@Cove' cannot be 'rethrows': it is 'throws'"
    case noSession = "the first parameter of a function with '@Cove' is a 'CoveSession'"
    case generic = "a function with '@Cove' cannot be generic: a worker has to know its types"
    case opaqueResult = "a function with '@Cove' names the type of its result, which is 'Codable' and 'Sendable'"
    case uncodableResult =
        "the result of a function with '@Cove' must be 'Codable' and 'Sendable', which tuples, functions and 'any' types never are: return a struct"
    case uncodableInput =
        "an input of a function with '@Cove' must be 'Codable' and 'Sendable', which tuples, functions and 'any' types never are: take a struct"
    case inoutInput = "an input of a function with '@Cove' cannot be 'inout': it travels to the workers as JSON"
    case variadicInput = "an input of a function with '@Cove' cannot be variadic: take an array"
    case unnamedInput = "an input of a function with '@Cove' needs a name, by which it stands in JSON"

    var message: String { rawValue }
    var severity: DiagnosticSeverity { .error }
    var diagnosticID: MessageID { MessageID(domain: "Cove", id: "\(self)") }

    func diagnosis(at node: some SyntaxProtocol, fixIts: [FixIt] = []) -> Diagnostic {
        Diagnostic(node: Syntax(node), message: self, fixIts: fixIts)
    }
}

/// What can be done about a mistake.
struct Remedy: FixItMessage {
    let message: String

    var fixItID: MessageID { MessageID(domain: "Cove", id: message) }

    init(_ message: String) { self.message = message }
}
