// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Testing

@Suite struct RightsTests {
    @Test func `submit includes read, and neither is join`() {
        #expect(Rights.submit.contains(.read))
        #expect(!Rights.read.contains(.submit))
        #expect(!Rights.submit.contains(.join))
        #expect(!Rights.join.contains(.read))
    }

    @Test(
        arguments: [
            (.join, #"["join"]"#), (.submit, #"["submit","read"]"#), (.read, #"["read"]"#), ([], "[]"),
            ([.join, .submit], #"["join","submit","read"]"#),
        ] as [(Rights, String)])
    func `rights travel as their words`(rights: Rights, text: String) throws {
        #expect(try MessageForm.text(rights) == text)
        #expect(try MessageForm.value(Rights.self, text) == rights)
    }

    @Test func `words that are not known give no right`() throws {
        #expect(try MessageForm.value(Rights.self, #"["submit","fly","JOIN",""]"#) == .submit)
        #expect(MessageForm.refuses(Rights.self, #"{"join":true}"#))
        #expect(MessageForm.refuses(Rights.self, "7"))
    }

    @Test func `a certificate names rights by URIs`() {
        #expect(Rights(uris: ["cove:join"]) == .join)
        #expect(Rights(uris: ["https://example.org/", "cove:submit", "spiffe://x/cove:join"]) == .submit)
        #expect(Rights(uris: ["cove:", "cove:fly", "COVE:join", "cove:join ", "join"]) == [])
        #expect(Rights(uris: []) == [])
    }

    @Test func `what a peer may be`() {
        #expect(PeerRole.allCases.map { Rights.join.allow($0) } == [true, false])
        #expect(PeerRole.allCases.map { Rights.read.allow($0) } == [false, true])
        #expect(PeerRole.allCases.map { Rights.submit.allow($0) } == [false, true])
        #expect(PeerRole.allCases.map { ([] as Rights).allow($0) } == [false, false])
        #expect(([] as Rights).description == "no right")
        #expect(([.join, .submit] as Rights).description == "join, submit, read")
    }
}
