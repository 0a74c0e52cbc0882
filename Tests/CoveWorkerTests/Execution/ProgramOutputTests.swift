// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveWorker

struct ProgramOutputTests {
    @Test(
        arguments: [
            ("", nil), ("null", nil), (" null\n", nil),
            ("{\"b\": 1.50, \"a\":\t[ ]}\n", "{\"b\": 1.50, \"a\":\t[ ]}"), (" \r\n[1,2 ]\n\n", "[1,2 ]"),
            ("012345678901\n", "\"012345678901\""), ("12", "\"12\""), ("true\n", "\"true\""), ("\"a\"\n", #""\"a\"""#),
            ("\n", "\"\""), ("a\r\n", "\"a\""), ("a\n\n", #""a\n""#), (" a \n", "\" a \""), ("a\r", #""a\r""#),
            ("{\"a\":}\n", #""{\"a\":}""#), ("[1,2", "\"[1,2\""), ("{} {}", "\"{} {}\""), ("nullx", "\"nullx\""),
            ("[Ünïcode]", "\"[Ünïcode]\""),
        ] as [(String, String?)])
    func `in auto an object or array is that value, null and nothing are none, the rest is text`(
        output: String, result: String?
    ) throws {
        #expect(try ProgramOutput(bytes: Array(output.utf8)).result(.auto)?.text == result)
    }

    @Test(
        arguments: [("", nil), ("null\n", nil), ("12\n", "12"), (" \"a\" ", "\"a\""), ("[1]", "[1]")]
            as [(String, String?)])
    func `in json every value is that value`(output: String, result: String?) throws {
        #expect(try ProgramOutput(bytes: Array(output.utf8)).result(.json)?.text == result)
    }

    @Test(arguments: ["\n", "012", "a", "{} {}", "[1,"])
    func `in json what is not one value is refused`(output: String) throws {
        let problem = try #require(throws: OutputProblem.self) {
            try ProgramOutput(bytes: Array(output.utf8)).result(.json)
        }
        #expect(problem.reason.hasPrefix("is not one JSON value: ") && problem.reason.contains(" at byte "))
    }

    @Test(arguments: [("", nil), ("null\n", "\"null\""), ("{}\n", "\"{}\""), ("a\n", "\"a\"")] as [(String, String?)])
    func `in text everything is text`(output: String, result: String?) throws {
        #expect(try ProgramOutput(bytes: Array(output.utf8)).result(.text)?.text == result)
    }

    @Test(arguments: ProgramSpecification.Parsing.allCases)
    func `what is not UTF-8 is refused with its place`(parsing: ProgramSpecification.Parsing) throws {
        #expect(throws: OutputProblem(reason: "is not UTF-8: byte 2 belongs to no character")) {
            try ProgramOutput(bytes: Array("[\"".utf8) + [0xFF] + Array("\"]".utf8)).result(parsing)
        }
    }

    @Test func `a large object that is broken at its end is text`() throws {
        let broken = "[" + String(repeating: "{\"a\":1},", count: 100_000)
        let result = try ProgramOutput(bytes: Array(broken.utf8)).result(.auto)
        #expect(result == JSONText(string: broken))
    }
}
