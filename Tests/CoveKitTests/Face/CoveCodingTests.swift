// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// How a closure's result is stored.
@Suite struct CoveCodingTests {
    private struct Finding: Codable, Sendable, Equatable {
        var url: String
        var age: Double?
        var tags: [String]
    }

    @Test func `a result is JSON with sorted keys, and comes back`() throws {
        let finding = Finding(url: "https://é/\"x\"", age: 0.5, tags: ["b", "a"])
        let stored = try #require(try CoveCoding<Finding>.codable.encode(finding))
        #expect(stored.text == #"{"age":0.5,"tags":["b","a"],"url":"https://é/\"x\""}"#)
        #expect(try JSONText.checked(stored.utf8).get() == stored)
        #expect(try CoveCoding<Finding>.codable.decode(stored) == finding)
    }

    @Test func `scalars are results as well`() throws {
        #expect(try CoveCoding<String>.codable.encode("a\n")?.text == #""a\n""#)
        #expect(try CoveCoding<Int>.codable.encode(7)?.text == "7")
        #expect(try CoveCoding<Bool>.codable.decode(.literal("true")))
    }

    @Test func `nothing is null, both ways`() throws {
        #expect(try CoveCoding<Int?>.codable.encode(nil)?.text == "null")
        #expect(try CoveCoding<Int?>.codable.decode(nil) == nil)
        #expect(try CoveCoding<Int?>.codable.decode(.literal("null")) == nil)
        #expect(try CoveCoding<Void>.nothing.encode(()) == nil)
        try CoveCoding<Void>.nothing.decode(.literal("7"))
    }

    @Test func `what is no JSON, or of another type, is an error`() {
        #expect(throws: EncodingError.self) { try CoveCoding<Double>.codable.encode(.nan) }
        #expect(throws: DecodingError.self) { try CoveCoding<Int>.codable.decode(.literal("\"7\"")) }
        #expect(throws: DecodingError.self) { try CoveCoding<Int>.codable.decode(nil) }
    }
}
