// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Testing

@testable import CoveKit

@Suite struct TokenFolderTests {
    private let place: TemporaryFolder
    private let folder: TokenFolder

    init() throws {
        place = try TemporaryFolder()
        folder = TokenFolder(store: place.path)
    }

    private func open(seed: UInt64 = 1) throws -> (tokens: AccessTokens, warnings: [String]) {
        var generator = SeededGenerator(seed: seed)
        return try folder.open(using: &generator)
    }

    private func token(_ name: String) throws -> String { trimmed(try place.text("tokens/\(name)")) }

    private func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: place.file(name))[.posixPermissions] as? Int
    }

    @Test func `a token of 256 bits is made for each right, for the owner's eyes alone`() throws {
        #expect(try open().warnings == [])
        let texts = try ["join", "submit", "read"].map { try token($0) }
        #expect(Set(texts).count == 3)
        #expect(texts.allSatisfy { $0.count == 64 && $0.allSatisfy(\.isHexDigit) })
        #expect(try mode("tokens") == 0o700)
        for name in ["join", "submit", "read"] { #expect(try mode("tokens/\(name)") == 0o600) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["join", "read", "submit"])
    }

    @Test func `each token gives its right, and no other does`() throws {
        let tokens = try open().tokens
        #expect(tokens.rights(of: try #require(AccessToken(try token("join")))) == .join)
        #expect(tokens.rights(of: try #require(AccessToken(try token("submit")))) == .submit)
        #expect(tokens.rights(of: try #require(AccessToken(try token("read")))) == .read)
        #expect(tokens.rights(of: try #require(AccessToken("another"))) == nil)
    }

    @Test func `tokens that are there stay, and those that are gone are made anew`() throws {
        _ = try open()
        let (join, read) = (try token("join"), try token("read"))
        try FileManager.default.removeItem(atPath: folder.file("read"))
        _ = try open(seed: 2)
        #expect(try token("join") == join)
        #expect(try token("read") != read)
    }

    @Test func `a second line is a second token`() throws {
        _ = try open()
        let former = try token("submit")
        _ = try place.write("tokens/submit", "new\n\(former)\n".utf8, mode: 0o600)
        let tokens = try open().tokens
        #expect(tokens.rights(of: try #require(AccessToken("new"))) == .submit)
        #expect(tokens.rights(of: try #require(AccessToken(former))) == .submit)
    }

    @Test func `an empty file is refused, one that everybody may read is told`() throws {
        _ = try open()
        _ = try place.write("tokens/join", "".utf8, mode: 0o600)
        #expect(throws: InvalidRequest("token file \(folder.file("join")) is empty: expected a token in it")) {
            try open()
        }
        _ = try place.write("tokens/join", "t".utf8, mode: 0o644)
        #expect(try open().warnings.count == 1)
    }
}
