// SPDX-License-Identifier: Apache-2.0

import SwiftDiagnostics
import SwiftSyntax
import SwiftSyntaxBuilder
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacrosGenericTestSupport
import Testing

@testable import CoveMacros

/// What `@Cove` declares beside a function, and what it says of one that it cannot decorate.
@Suite struct CoveMacroTests {
    private static func expect(
        _ source: String, becomes expanded: String, _ diagnostics: [DiagnosticSpec] = [], fixed: String? = nil,
        at place: Testing.SourceLocation = #_sourceLocation
    ) {
        assertMacroExpansion(
            source, expandedSource: expanded, diagnostics: diagnostics,
            macroSpecs: ["Cove": MacroSpec(type: CoveMacro.self)], fixedSource: fixed
        ) { failure in Issue.record("\(failure.message)", sourceLocation: place) }
    }

    /// The function stays as it is, and nothing stands beside it.
    private static func refuses(
        _ function: String, _ diagnostics: DiagnosticSpec..., fixed: String? = nil,
        at place: Testing.SourceLocation = #_sourceLocation
    ) {
        expect(
            "@Cove\n" + function, becomes: function, diagnostics, fixed: fixed.map { "@Cove\n" + $0 }, at: place)
    }

    @Test func `a function of a session gets an overload, a value and its type`() {
        Self.expect(
            """
            @Cove(regions: ["eu-west-1"], slots: 4)
            func users(session: CoveSession) async throws -> [String] { [] }
            """,
            becomes: """
                func users(session: CoveSession) async throws -> [String] { [] }

                /// Runs `users` in every account and region, and waits for all of them.
                func users() async throws -> CoveKit.CoveOutput<[String]> {
                    try await $users()
                }

                /// The function `users`, to be listed, run with other options, or followed.
                var $users: _CoveFunction_users {
                    _CoveFunction_users(options: CoveKit.CoveOptions(regions: ["eu-west-1"], slots: 4)) { coveSession, _ in
                        try await users(session: coveSession)
                    }
                }

                struct _CoveFunction_users: CoveKit.CoveFunction {
                    typealias CoveFunctionInput = CoveKit.CoveNoInput
                    typealias CoveFunctionResult = [String]
                    var options: CoveKit.CoveOptions
                    fileprivate let body: @Sendable (CoveKit.CoveSession, CoveKit.CoveNoInput) async throws -> [String]
                    var name: String {
                        "users"
                    }
                    var coding: CoveKit.CoveCoding<[String]> {
                        CoveKit.CoveCoding.codable
                    }
                    func call(_ session: CoveKit.CoveSession, _ input: CoveKit.CoveNoInput) async throws -> [String] {
                        try await body(session, input)
                    }
                    func callAsFunction() async throws -> CoveKit.CoveOutput<[String]> {
                        try await self.run(CoveKit.CoveNoInput())
                    }
                    func outcomes() -> CoveKit.CoveOutcomes<[String]> {
                        self.outcomes(of: CoveKit.CoveNoInput())
                    }
                }
                """)
    }

    @Test func `inputs keep labels and defaults, and nothing is a result too`() {
        Self.expect(
            """
            extension Checks {
                @available(macOS 26, *)
                @Cove
                public static func keys(_ session: CoveSession, of user: String?, _ days: Int = 90) async throws {}
            }
            """,
            becomes: """
                extension Checks {
                    @available(macOS 26, *)
                    public static func keys(_ session: CoveSession, of user: String?, _ days: Int = 90) async throws {}

                    /// Runs `keys` in every account and region, and waits for all of them.
                    @available(macOS 26, *)
                    public static func keys(of user: String?, _ days: Int = 90) async throws -> CoveKit.CoveOutput<Void> {
                        try await $keys(of: user, days)
                    }

                    /// The function `keys`, to be listed, run with other options, or followed.
                    @available(macOS 26, *)
                    public static var $keys: _CoveFunction_keys {
                        _CoveFunction_keys(options: CoveKit.CoveOptions()) { coveSession, coveInput in
                            try await keys(coveSession, of: coveInput.user, coveInput.days)
                        }
                    }

                    @available(macOS 26, *)
                    public struct _CoveFunction_keys: CoveKit.CoveFunction {
                        public struct CoveFunctionInput: Codable, Sendable {
                            public var user: String?
                            public var days: Int
                            public init(user: String?, days: Int) {
                                self.user = user
                                self.days = days
                            }
                            public init(from coveDecoder: any Decoder) throws {
                                let coveContainer = try coveDecoder.container(keyedBy: CodingKeys.self)
                                self.user = try coveContainer.decodeIfPresent(String.self, forKey: .user)
                                self.days = coveContainer.contains(.days) ? try coveContainer.decode(Int.self, forKey: .days) : 90
                            }
                        }
                        public typealias CoveFunctionResult = Void
                        public var options: CoveKit.CoveOptions
                        fileprivate let body: @Sendable (CoveKit.CoveSession, CoveFunctionInput) async throws -> Void
                        public var name: String {
                            "Checks.keys"
                        }
                        public var coding: CoveKit.CoveCoding<Void> {
                            CoveKit.CoveCoding.nothing
                        }
                        public func call(_ session: CoveKit.CoveSession, _ input: CoveFunctionInput) async throws -> Void {
                            try await body(session, input)
                        }
                        public func callAsFunction(of user: String?, _ days: Int = 90) async throws -> CoveKit.CoveOutput<Void> {
                            try await self.run(CoveFunctionInput(user: user, days: days))
                        }
                        public func outcomes(of user: String?, _ days: Int = 90) -> CoveKit.CoveOutcomes<Void> {
                            self.outcomes(of: CoveFunctionInput(user: user, days: days))
                        }
                    }
                }
                """)
    }

    @Test func `inputs named by keywords stand in backticks where they are no labels`() {
        Self.expect(
            """
            @Cove
            func f(session: CoveSession, for: String, in: Int = 1, `default`: Bool?, to class: Int) async throws {}
            """,
            becomes: """
                func f(session: CoveSession, for: String, in: Int = 1, `default`: Bool?, to class: Int) async throws {}

                /// Runs `f` in every account and region, and waits for all of them.
                func f(for: String, in: Int = 1, `default`: Bool?, to class: Int) async throws -> CoveKit.CoveOutput<Void> {
                    try await $f(for: `for`, in: `in`, default: `default`, to: `class`)
                }

                /// The function `f`, to be listed, run with other options, or followed.
                var $f: _CoveFunction_f {
                    _CoveFunction_f(options: CoveKit.CoveOptions()) { coveSession, coveInput in
                        try await f(session: coveSession, for: coveInput.`for`, in: coveInput.`in`, default: coveInput.`default`, to: coveInput.`class`)
                    }
                }

                struct _CoveFunction_f: CoveKit.CoveFunction {
                    struct CoveFunctionInput: Codable, Sendable {
                        var `for`: String
                        var `in`: Int
                        var `default`: Bool?
                        var `class`: Int
                        init(`for`: String, `in`: Int, `default`: Bool?, `class`: Int) {
                            self.`for` = `for`
                            self.`in` = `in`
                            self.`default` = `default`
                            self.`class` = `class`
                        }
                        init(from coveDecoder: any Decoder) throws {
                            let coveContainer = try coveDecoder.container(keyedBy: CodingKeys.self)
                            self.`for` = try coveContainer.decode(String.self, forKey: .`for`)
                            self.`in` = coveContainer.contains(.`in`) ? try coveContainer.decode(Int.self, forKey: .`in`) : 1
                            self.`default` = try coveContainer.decodeIfPresent(Bool.self, forKey: .`default`)
                            self.`class` = try coveContainer.decode(Int.self, forKey: .`class`)
                        }
                    }
                    typealias CoveFunctionResult = Void
                    var options: CoveKit.CoveOptions
                    fileprivate let body: @Sendable (CoveKit.CoveSession, CoveFunctionInput) async throws -> Void
                    var name: String {
                        "f"
                    }
                    var coding: CoveKit.CoveCoding<Void> {
                        CoveKit.CoveCoding.nothing
                    }
                    func call(_ session: CoveKit.CoveSession, _ input: CoveFunctionInput) async throws -> Void {
                        try await body(session, input)
                    }
                    func callAsFunction(for: String, in: Int = 1, `default`: Bool?, to class: Int) async throws -> CoveKit.CoveOutput<Void> {
                        try await self.run(CoveFunctionInput(for: `for`, in: `in`, default: `default`, class: `class`))
                    }
                    func outcomes(for: String, in: Int = 1, `default`: Bool?, to class: Int) -> CoveKit.CoveOutcomes<Void> {
                        self.outcomes(of: CoveFunctionInput(for: `for`, in: `in`, default: `default`, class: `class`))
                    }
                }
                """)
    }

    // MARK: Mistakes

    private static func mistake(
        _ mistake: Mistake, _ line: Int, _ column: Int, fix: String? = nil
    ) -> DiagnosticSpec {
        DiagnosticSpec(
            message: mistake.rawValue, line: line, column: column, fixIts: fix.map { [FixItSpec(message: $0)] } ?? [])
    }

    @Test func `what is no function is refused`() {
        Self.expect("@Cove var x = 1", becomes: "var x = 1", [Self.mistake(.notAFunction, 1, 1)])
        Self.refuses(
            "func + (session: CoveSession, x: Int) async throws {}", Self.mistake(.notNamed, 2, 6))
    }

    @Test func `a function that is not async throws is told so, and helped`() {
        Self.refuses(
            "func f(session: CoveSession) -> Int { 1 }",
            Self.mistake(.notAsync, 2, 6, fix: "make it 'async throws'"),
            fixed: "func f(session: CoveSession) async throws -> Int { 1 }")
        Self.refuses(
            "func f(session: CoveSession) {}", Self.mistake(.notAsync, 2, 6, fix: "make it 'async throws'"),
            fixed: "func f(session: CoveSession) async throws {}")
        Self.refuses(
            "func f(session: CoveSession) async -> Int { 1 }",
            Self.mistake(.notThrowing, 2, 30, fix: "make it 'async throws'"),
            fixed: "func f(session: CoveSession) async throws -> Int { 1 }")
        Self.refuses(
            "func f(session: CoveSession) throws {}",
            Self.mistake(.notAsync, 2, 30, fix: "make it 'async throws'"),
            fixed: "func f(session: CoveSession) async throws {}")
        Self.refuses("func f(session: CoveSession) async rethrows {}", Self.mistake(.rethrowing, 2, 36))
    }

    @Test func `the session comes first`() {
        Self.refuses(
            "func f() async throws {}", Self.mistake(.noSession, 2, 7, fix: "take 'session: CoveSession'"),
            fixed: "func f(session: CoveSession) async throws {}")
        Self.refuses("func f(x: Int, session: CoveSession) async throws {}", Self.mistake(.noSession, 2, 11))
    }

    @Test func `inputs that cannot travel are refused, all at once`() {
        Self.refuses(
            "func f(session: CoveKit.CoveSession, a: inout Int, b: Int..., _: Int, d: [some Codable]) async throws {}",
            Self.mistake(.inoutInput, 2, 41), Self.mistake(.variadicInput, 2, 58), Self.mistake(.unnamedInput, 2, 63),
            Self.mistake(.generic, 2, 75))
    }

    @Test func `generic functions and hidden results are refused`() {
        Self.refuses("func f<T>(session: CoveSession) async throws -> T? { nil }", Self.mistake(.generic, 2, 7))
        Self.refuses(
            "func f(session: CoveSession) async throws -> some Codable { 1 }", Self.mistake(.opaqueResult, 2, 46))
    }

    @Test func `a member is static, and nothing is in a function`() {
        Self.expect(
            """
            struct S {
                @Cove func f(session: CoveSession) async throws {}
            }
            """,
            becomes: """
                struct S {
                    func f(session: CoveSession) async throws {}
                }
                """, [Self.mistake(.misplaced, 2, 16, fix: "make it 'static'")],
            fixed: """
                struct S {
                    @Cove static func f(session: CoveSession) async throws {}
                }
                """)
        Self.expect(
            """
            class C {
                @Cove
                class func f(session: CoveSession) async throws {}
            }
            """,
            becomes: """
                class C {
                    class func f(session: CoveSession) async throws {}
                }
                """, [Self.mistake(.misplaced, 3, 16, fix: "make it 'static'")],
            fixed: """
                class C {
                    @Cove
                    static func f(session: CoveSession) async throws {}
                }
                """)
        Self.expect(
            """
            func outer() {
                @Cove func f(session: CoveSession) async throws {}
            }
            """,
            becomes: """
                func outer() {
                    func f(session: CoveSession) async throws {}
                }
                """, [Self.mistake(.misplaced, 2, 16)])
    }

    @Test func `a protocol is no place, and a name of several words none`() {
        Self.expect(
            """
            protocol P {
                @Cove static func f(session: CoveSession) async throws
            }
            """,
            becomes: """
                protocol P {
                    static func f(session: CoveSession) async throws
                }
                """, [Self.mistake(.inProtocol, 2, 23)])
        Self.refuses("func `my func`(session: CoveSession) async throws {}", Self.mistake(.rawName, 2, 6))
        Self.refuses("func `1st`(session: CoveSession) async throws {}", Self.mistake(.rawName, 2, 6))
    }

    @Test func `what is never Codable is refused where it stands`() {
        for type in [
            "(Int, String)", "() -> Int", "@Sendable () -> Int", "Any", "AnyObject", "any Codable", "[Any]",
            "[String: Any?]",
            "Optional<Any>", "Swift.Array<(Int, Int)>", "([Int.Type])",
        ] {
            #expect(
                FunctionCheckProbe.findings("@Cove func f(session: CoveSession) async throws -> \(raw: type) { x }")
                    == [[Mistake.uncodableResult.rawValue]], "\(type)")
            #expect(
                FunctionCheckProbe.findings("@Cove func f(session: CoveSession, x: \(raw: type)) async throws {}")
                    == [[Mistake.uncodableInput.rawValue]], "\(type)")
        }
        for type in ["(Int)", "[(String)]", "[String: [Int?]]", "Set<Int>", "Phantom<Any>", "A.B", "Anything"] {
            #expect(
                FunctionCheckProbe.findings(
                    "@Cove func f(session: CoveSession, x: \(raw: type)) async throws -> \(raw: type) { x }") == [[]],
                "\(type)")
        }
        Self.refuses(
            "func f(session: CoveSession, a: [Any]) async throws -> [String: (Int, Int)] { [:] }",
            Self.mistake(.uncodableInput, 2, 34), Self.mistake(.uncodableResult, 2, 65))
        #expect(FunctionCheckProbe.findings("@Cove func f(session: CoveSession) async throws -> () {}") == [[]])
    }

    @Test func `a function is decorated once`() {
        let diagnostics = FunctionCheckProbe.findings(
            "@Cove @Cove(slots: 2) func f(session: CoveSession) async throws {}")
        #expect(diagnostics == [[], [Mistake.repeated.rawValue]])
    }
}

/// Checks every attribute of a function, as the compiler has each expanded.
private enum FunctionCheckProbe {
    static func findings(_ source: DeclSyntax) -> [[String]] {
        guard let function = source.as(FunctionDeclSyntax.self) else { return [] }
        return function.attributes.compactMap { $0.as(AttributeSyntax.self) }.map { attribute in
            FunctionCheck(function, attribute: attribute, surroundings: []).findings.map(\.message)
        }
    }
}
