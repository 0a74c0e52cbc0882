// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import CoveWire
import Testing

@Suite struct AccessTokensTests {
    private static func token(_ text: String) throws -> AccessToken { try #require(AccessToken(text)) }

    @Test func `a token gives its rights, and another gives none`() throws {
        let tokens = AccessTokens([
            (try Self.token("first"), .join), (try Self.token("second"), .submit), (try Self.token("third"), .read),
        ])
        #expect(tokens.rights(of: try Self.token("first")) == .join)
        #expect(tokens.rights(of: try Self.token("second")) == .submit)
        #expect(tokens.rights(of: try Self.token("third")) == .read)
        for other in ["f", "firs", "firsT", "first1", "firstsecond", "x", String(repeating: "first", count: 200)] {
            #expect(tokens.rights(of: try Self.token(other)) == nil, "\(other)")
        }
        #expect(AccessTokens().rights(of: try Self.token("first")) == nil)
    }

    @Test func `a token of two files has the rights of both, and one without rights is known all the same`() throws {
        let token = try Self.token("shared")
        #expect(AccessTokens([(token, .join), (token, .read)]).rights(of: token) == [.join, .read])
        #expect(AccessTokens([(token, [])]).rights(of: token) == [])
    }

    @Test func `a new token is 256 bits, each time others`() {
        var generator = SeededGenerator(seed: 1)
        let tokens = (0..<100).map { _ in AccessToken(using: &generator) }
        #expect(Set(tokens).count == 100)
        for token in tokens {
            #expect(token.secret.count == 64)
            #expect(token.secret.allSatisfy { $0.isHexDigit && !$0.isUppercase })
            #expect(AccessToken(token.secret) == token)
        }
        var zeros = SeededZeros()
        #expect(AccessToken(using: &zeros).secret == String(repeating: "0", count: 64))
    }

    private struct SeededZeros: RandomNumberGenerator {
        func next() -> UInt64 { 0 }
    }

    @Test(arguments: ["", " ", "a b", "a\n", "é", "\u{0}", "a\u{7F}", String(repeating: "a", count: 1_025)])
    func `what can be no token is none`(text: String) {
        #expect(AccessToken(text) == nil)
    }

    @Test func `a token never shows itself`() throws {
        let token = try Self.token("s3cr3t-t0k3n")
        let tokens = AccessTokens([(token, .join)])
        let introduction = Introduction(version: 1, role: .worker, program: "p", token: token)
        let handshake = PeerHandshake(role: .worker, program: "p", token: token, now: .now)
        var dumped = ""
        dump([token], to: &dumped)
        dump(tokens, to: &dumped)
        dump(introduction, to: &dumped)
        dump(handshake, to: &dumped)
        for text in [
            "\(token)", String(reflecting: token), "\(tokens)", String(reflecting: tokens), "\(introduction)",
            String(reflecting: introduction), "\(handshake)", "\([token: 1])", dumped,
        ] {
            #expect(!text.contains("s3cr3t"), "\(text)")
        }
        #expect("\(token)" == "AccessToken(…)")
    }
}
