// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

/// The tokens by which listings are gone on with.
@Suite struct ResumeTokenTests {
    @Test func `bytes in a token travel as botocore sends them`() throws {
        // What botocore 1.44.5 makes of {'ExclusiveStartKey': {'id': {'B': b'\x00\xff'}}, 'boto_truncate_amount': 2}.
        let text =
            "eyJFeGNsdXNpdmVTdGFydEtleSI6IHsiaWQiOiB7IkIiOiAiQVA4PSJ9fSwgImJvdG9fdHJ1bmNhdGVfYW1vdW50IjogMiwgImJvdG9f"
            + "ZW5jb2RlZF9rZXlzIjogW1siRXhjbHVzaXZlU3RhcnRLZXkiLCAiaWQiLCAiQiJdXX0="
        let key: AWSValue = ["id": ["B": .blob([0, 255])]]
        var parameters = AWSMembers()
        parameters["ExclusiveStartKey"] = key
        let token = ResumeToken(parameters: parameters, offset: 2)
        #expect(token.text == text)
        #expect(try ResumeToken(text, for: ["ExclusiveStartKey"]) == token)
    }

    @Test(
        arguments: [
            ("opaque", #"{"A":"opaque","B":null}"#, nil), ("one___two", #"{"A":"one","B":"two"}"#, nil),
            ("one___None___3", #"{"A":"one","B":null}"#, 3), ("None___two", #"{"A":null,"B":"two"}"#, nil),
            ("a___b___c", #"{"A":"a___b___c","B":null}"#, nil),
        ] as [(String, String, Int?)])
    func `older tokens and a service's own are taken`(text: String, parameters: String, offset: Int?) throws {
        let token = try ResumeToken(text, for: ["A", "B"])
        #expect(AWSValue.structure(token.parameters).jsonText() == parameters)
        #expect(token.offset == offset)
    }

    @Test(arguments: [
        "a___b___c___d", "a___b___c___1",
        // {"C": "x"}
        "eyJDIjogIngifQ==",
    ])
    func `a token of another operation is refused`(text: String) throws {
        let error = try #require(throws: AWSError.self) { try ResumeToken(text, for: ["A", "B"]) }
        #expect(error.phase == .invalidInput)
        #expect(error.message.contains(text))
    }
}
