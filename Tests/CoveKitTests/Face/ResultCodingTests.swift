// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// How a closure's result is stored.
@Suite struct ResultCodingTests {
    private struct Finding: Codable, Sendable, Equatable {
        var url: String
        var age: Double?
        var tags: [String]
    }

    @Test func `a result is JSON with sorted keys, and comes back`() throws {
        let finding = Finding(url: "https://é/\"x\"", age: 0.5, tags: ["b", "a"])
        let stored = try #require(try ResultCoding<Finding>.json.encode(finding))
        #expect(stored.text == #"{"age":0.5,"tags":["b","a"],"url":"https://é/\"x\""}"#)
        #expect(try JSONText.checked(stored.utf8).get() == stored)
        #expect(try ResultCoding<Finding>.json.decode(stored) == finding)
    }

    @Test func `scalars are results as well`() throws {
        #expect(try ResultCoding<String>.json.encode("a\n")?.text == #""a\n""#)
        #expect(try ResultCoding<Int>.json.encode(7)?.text == "7")
        #expect(try ResultCoding<Bool>.json.decode(.literal("true")))
    }

    @Test func `nothing is null, both ways`() throws {
        #expect(try ResultCoding<Int?>.json.encode(nil)?.text == "null")
        #expect(try ResultCoding<Int?>.json.decode(nil) == nil)
        #expect(try ResultCoding<Int?>.json.decode(.literal("null")) == nil)
        #expect(try ResultCoding<Void>.nothing.encode(()) == nil)
        try ResultCoding<Void>.nothing.decode(.literal("7"))
    }

    @Test func `what is no JSON, or of another type, is an error`() {
        #expect(throws: EncodingError.self) { try ResultCoding<Double>.json.encode(.nan) }
        #expect(throws: DecodingError.self) { try ResultCoding<Int>.json.decode(.literal("\"7\"")) }
        #expect(throws: DecodingError.self) { try ResultCoding<Int>.json.decode(nil) }
    }
}
