// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

/// Answers as Swift types.
@Suite struct AWSValueDecoderTests {
    struct User: Decodable, Equatable {
        var userName: String
        var createDate: Date
        var Path: String
        var tags: [String: Int]?
        var key: Data?
        var bytes: [UInt8]?
        var isActive: Bool
        var size: UInt8
        var ratio: Double
    }

    static let value: AWSValue = [
        "UserName": "ada", "CreateDate": .timestamp(1_000), "Path": "/", "Tags": ["a": 1], "Key": .blob([1, 2]),
        "Bytes": .blob([3]), "IsActive": true, "Size": 255, "Ratio": 2,
    ]

    @Test func `a structure is read into a type, by names in either case`() throws {
        let user = try Self.value.decode(User.self)
        let expected = User(
            userName: "ada", createDate: Date(timeIntervalSince1970: 1_000), Path: "/", tags: ["a": 1],
            key: Data([1, 2]), bytes: [3], isActive: true, size: 255, ratio: 2)
        #expect(user == expected)
    }

    @Test func `lists, texts and what is optional are read`() throws {
        #expect(try AWSValue.list(["a", "b"]).decode([String].self) == ["a", "b"])
        #expect(try AWSValue.list([1, nil]).decode([Int?].self) == [1, nil])
        #expect(try AWSValue.timestamp(0).decode(String.self) == "1970-01-01T00:00:00+00:00")
        #expect(try AWSValue.list([[1], [2, 3]]).decode([[Int]].self) == [[1], [2, 3]])
        let name: String? = try AWSValue.null.decode()
        #expect(name == nil)
        struct Pair: Decodable { var a: Int?; var b: String? }
        let pair = try AWSValue.structure(AWSMembers()).decode(Pair.self)
        #expect(pair.a == nil && pair.b == nil)
    }

    @Test func `what is not of the type is told with its place`() throws {
        struct Page: Decodable { var Users: [User] }
        var broken = Self.value
        broken.set("many", at: "Size")
        let page: AWSValue = ["Users": [Self.value, broken]]
        let error = try #require(throws: DecodingError.self) { try page.decode(Page.self) }
        guard case .typeMismatch(_, let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue } == ["Users", "1", "size"])
        #expect(context.debugDescription == "expected a whole number, found string")
    }

    @Test(arguments: [256, -1, Int64.max])
    func `a number that does not fit is an error`(number: Int64) {
        #expect(throws: DecodingError.self) { try AWSValue.integer(number).decode(UInt8.self) }
    }

    @Test func `a member that is not there is named, with those that are`() throws {
        let error = try #require(throws: DecodingError.self) { try AWSValue.structure(AWSMembers()).decode(User.self) }
        guard case .keyNotFound(let key, let context) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(key.stringValue == "userName" && context.debugDescription.contains("there are none"))
    }
}
