// SPDX-License-Identifier: Apache-2.0

import SwiftSyntax
import SwiftSyntaxBuilder

/// What stands beside a decorated function: a type of its own, the value of that type, and the overload.
///
/// Names in them are long where they could hide one of the user's: his types and default values are read in the same scope.
struct FunctionPeers {
    private let function: DecoratedFunction

    init(_ function: DecoratedFunction) { self.function = function }

    var all: [DeclSyntax] { [overload, value, type] }

    private var plainName: String { DecoratedFunction.plain(function.name) }
    private var typeName: String { "_CoveFunction_\(plainName)" }
    private var inputType: String { function.inputs.isEmpty ? "CoveKit.CoveNoInput" : "CoveFunctionInput" }
    private var resultType: String { function.result ?? "Void" }

    /// The parameters of a call: the inputs, as they were declared.
    private var parameters: String {
        function.inputs.map { input in
            "\(input.label): \(input.type)" + (input.fallback.map { " = \($0)" } ?? "")
        }.joined(separator: ", ")
    }

    /// The inputs as they are handed on to a call.
    private var arguments: String {
        function.inputs.map { ($0.argument.map { "\($0): " } ?? "") + $0.name }.joined(separator: ", ")
    }

    /// The inputs as one value.
    private var inputValue: String {
        "\(inputType)("
            + function.inputs.map { "\(DecoratedFunction.label($0.name)): \($0.name)" }.joined(separator: ", ") + ")"
    }

    // MARK: The peers

    private var overload: DeclSyntax {
        """
        /// Runs `\(raw: plainName)` in every account and region, and waits for all of them.
        \(raw: function.availability)\(raw: function.access)\(raw: function.storage)func \(raw: function.name)(\(raw: parameters)) async throws \
        -> CoveKit.CoveOutput<\(raw: resultType)> {
            try await $\(raw: plainName)(\(raw: arguments))
        }
        """
    }

    private var value: DeclSyntax {
        let session = function.session.map { "\($0): coveSession" } ?? "coveSession"
        let inputs = function.inputs.map { ($0.argument.map { "\($0): " } ?? "") + "coveInput.\($0.name)" }
        let input = inputs.isEmpty ? "_" : "coveInput"
        return """
            /// The function `\(raw: plainName)`, to be listed, run with other options, or followed.
            \(raw: function.availability)\(raw: function.access)\(raw: function.storage)var $\(raw: plainName): \(raw: typeName) {
                \(raw: typeName)(options: CoveKit.CoveOptions(\(raw: function.options))) { coveSession, \(raw: input) in
                    try await \(raw: function.name)(\(raw: ([session] + inputs).joined(separator: ", ")))
                }
            }
            """
    }

    private var type: DeclSyntax {
        let access = function.memberAccess
        let coding = function.result == nil ? "CoveKit.CoveCoding.nothing" : "CoveKit.CoveCoding.codable"
        return """
            \(raw: function.availability)\(raw: function.access)struct \(raw: typeName): CoveKit.CoveFunction {
            \(raw: input)\(raw: access)typealias CoveFunctionResult = \(raw: resultType)
            \(raw: access)var options: CoveKit.CoveOptions
            fileprivate let body: @Sendable (CoveKit.CoveSession, \(raw: inputType)) async throws -> \(raw: resultType)
            \(raw: access)var name: String { "\(raw: function.listing)" }
            \(raw: access)var coding: CoveKit.CoveCoding<\(raw: resultType)> { \(raw: coding) }
            \(raw: access)func call(_ session: CoveKit.CoveSession, _ input: \(raw: inputType)) async throws \
            -> \(raw: resultType) {
            try await body(session, input)
            }
            \(raw: access)func callAsFunction(\(raw: parameters)) async throws \
            -> CoveKit.CoveOutput<\(raw: resultType)> {
            try await self.run(\(raw: inputValue))
            }
            \(raw: access)func outcomes(\(raw: parameters)) -> CoveKit.CoveOutcomes<\(raw: resultType)> {
            self.outcomes(of: \(raw: inputValue))
            }
            }
            """
    }

    // MARK: The input

    /// The type of the inputs; empty where there are none.
    private var input: String {
        let access = function.memberAccess
        guard !function.inputs.isEmpty else { return "\(access)typealias CoveFunctionInput = CoveKit.CoveNoInput\n" }
        let members = function.inputs.map { "\(access)var \($0.name): \($0.type)\n" }.joined()
        return """
            \(access)struct CoveFunctionInput: Codable, Sendable {
            \(members)\(initializers)}

            """
    }

    /// How an input is made where some of it may be left out, which synthesized initializers do not know.
    private var initializers: String {
        guard function.inputs.contains(where: { $0.fallback != nil }) else { return "" }
        let parameters = function.inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
        let assignments = function.inputs.map { "self.\($0.name) = \($0.name)\n" }.joined()
        return """
            \(function.memberAccess)init(\(parameters)) {
            \(assignments)}
            \(function.memberAccess)init(from coveDecoder: any Decoder) throws {
            let coveContainer = try coveDecoder.container(keyedBy: CodingKeys.self)
            \(function.inputs.map { decoding($0) }.joined())}

            """
    }

    private func decoding(_ input: DecoratedFunction.Input) -> String {
        let key = "forKey: .\(input.name)"
        if let fallback = input.fallback {
            return "self.\(input.name) = coveContainer.contains(.\(input.name)) "
                + "? try coveContainer.decode(\(input.type).self, \(key)) : \(fallback)\n"
        }
        if let type = input.type.as(OptionalTypeSyntax.self) {
            return "self.\(input.name) = try coveContainer.decodeIfPresent(\(type.wrappedType.trimmed).self, \(key))\n"
        }
        return "self.\(input.name) = try coveContainer.decode(\(input.type).self, \(key))\n"
    }
}
