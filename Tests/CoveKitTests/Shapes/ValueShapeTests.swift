// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Testing

@testable import CoveKit

/// The shapes of types, and inputs that are held against them.
@Suite struct ValueShapeTests {
    private struct Everything: Codable {
        var flag: Bool
        var count: UInt16
        var ratio: Float
        var when: Date
        var link: URL
        var body: Data
        var inner: [[Int?]]
        var table: [String: [Bool]]
        var maybe: String?
    }

    /// Never ends, seen from outside.
    private final class Tree: Codable {
        var children: [Tree]
    }

    fileprivate struct Picky: Codable, Sendable {
        let value: String

        init(from decoder: any Decoder) throws {
            value = try decoder.singleValueContainer().decode(String.self)
            guard value.hasPrefix("x") else {
                throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no x"))
            }
        }
    }

    /// Reads for as long as there is something.
    private struct Greedy: Codable {
        var values: [Int] = []

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            while let value = try? list.decode(Int.self) { values.append(value) }
        }
    }

    /// Reads so at every depth.
    private final class GreedyTree: Codable {
        var children: [GreedyTree] = []

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            while let child = try? list.decode(GreedyTree.self) { children.append(child) }
        }
    }

    private enum Shade: Codable {
        case light(Int), dark
    }

    @Test func `a type tells what it reads`() {
        #expect(
            ValueShape.of(Everything.self).description
                == #"{"flag": boolean, "count": integer, "ratio": number, "when": number, "link": text, "body": text, "#
                + #""inner": [[integer | null]], "table": {*: [boolean]}, "maybe"?: text}"#)
        #expect(ValueShape.of([Checks.Severity].self).description == #"["low" | "high"]"#)
        #expect(ValueShape.of(Int?.self).description == "integer | null")
        #expect(Checks.$matches.outputShape?.hasSuffix("| null") == true)
        #expect($touch.outputShape == nil && $touch.inputShape == nil)
        #expect($greetings.inputShape == #"{"name": text, "times"?: integer}"#)
        #expect($greetings.outputShape == #"[{"text": text, "account": text}]"#)
        #expect(
            Checks.$matches.inputShape
                == #"{"severity": "low" | "high", "filter"?: {"tags": [text], "limits": {*: integer}, "ratio"?: number}, "#
                + #""default"?: boolean, "input"?: integer}"#)
    }

    @Test func `a type that cannot be seen into is anything`() {
        #expect(ValueShape.of(Picky.self) == .any)
        #expect(ValueShape.of(Shade.self) == .any)
        #expect("\(ValueShape.of(Tree.self))".utf8.count < 1_000)
    }

    @Test(.timeLimit(.minutes(1))) func `a type that reads on and on comes to an end`() {
        #expect(ValueShape.of(Greedy.self) == .list(.any))
        #expect("\(ValueShape.of(GreedyTree.self))".utf8.count < 1_000)
        #expect(ValueShape.of([Greedy].self) == .list(.list(.any)))
    }

    @Test func `an input that fits has no problems`() throws {
        for text in [
            #"{"severity":"low"}"#, #"{"severity":"high","filter":null,"default":false,"input":255}"#,
            #"{"severity":"low","filter":{"tags":[],"limits":{"a":1},"ratio":2}}"#,
        ] {
            #expect(Checks.$matches.problems(of: try .literal(text)) == [])
        }
        #expect($touch.problems(of: nil) == [])
    }

    @Test func `all that is wrong with an input is told, with its place`() throws {
        let text =
            #"{"severity":"hihg","filter":{"tags":["a",7,null],"limits":{"b":"1"},"ratio":"x"},"defualt":true,"input":1.5}"#
        #expect(
            Checks.$matches.problems(of: try .literal(text)) == [
                #"input.severity: found another text, expected "low" | "high"; did you mean "high"?"#,
                "input.filter.tags[1]: found an integer, expected text",
                "input.filter.tags[2]: found null, expected text",
                "input.filter.limits.b: found text, expected integer",
                "input.filter.ratio: found text, expected number",
                "input.input: found a number, expected integer",
                "input.defualt: expected none of this name, but severity, filter, default, input; did you mean default?",
            ])
        #expect(
            $greetings.problems(of: nil) == ["input.name: found nothing, expected text"])
        #expect(
            $greetings.problems(of: try .literal("[1]")) == [
                #"input: found a list, expected {"name": text, "times"?: integer}"#
            ])
        #expect($touch.problems(of: try .literal("{}")) == ["the function touch takes no input, and one was given"])
    }

    @Test func `numbers that do not fit are told with the bounds`() throws {
        #expect(
            Checks.$matches.problems(of: try .literal(#"{"severity":"low","input":256}"#)) == [
                "input.input: found 256, expected integer from 0 to 255"
            ])
        let large = #"{"name":"ada","times":9223372036854775808}"#
        #expect($greetings.problems(of: try .literal(large)).first?.hasPrefix("input") == true)
    }

    @Test func `what only the type itself can tell is told as well`() throws {
        #expect(
            Chosen().problems(of: try .literal(#"{"value":"y"}"#)) == ["input.value: no x"])
        #expect(Chosen().problems(of: try .literal(#"{"value":"xy"}"#)) == [])
    }

    /// A function whose input knows more than its shape.
    private struct Chosen: CoveFunction {
        struct CoveFunctionInput: Codable, Sendable { var value: Picky }
        typealias CoveFunctionResult = Void
        var name: String { "chosen" }
        var options = CoveOptions()
        var coding: CoveCoding<Void> { .nothing }
        func call(_ session: CoveSession, _ input: CoveFunctionInput) async throws {}
    }

    @Test func `more problems than anybody reads are counted`() throws {
        let tags = Array(repeating: "1", count: 500).joined(separator: ",")
        let problems = Checks.$matches.problems(
            of: try .literal(#"{"severity":"low","filter":{"limits":{},"tags":[\#(tags)]}}"#))
        #expect(problems.count == 21 && problems.last == "and 480 more")
    }
}
