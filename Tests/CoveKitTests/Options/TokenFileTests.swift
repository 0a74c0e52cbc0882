// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Testing

@testable import CoveKit

@Suite struct TokenFileTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func read(
        _ text: String, mode: Int = 0o600
    ) throws -> (tokens: [AccessToken], problems: [String], warnings: [String]) {
        let path = try place.write("token", text.utf8, mode: mode)
        var reader = SettingReader(variables: [:])
        var warnings: [String] = []
        let tokens = TokenFile.all(in: path, &reader, warnings: &warnings)
        return (tokens, reader.problems, warnings)
    }

    @Test(arguments: ["t", "t\n", "  t \r\n\n"]) func `white space around a token is none of it`(text: String) throws {
        let (tokens, problems, warnings) = try read(text)
        #expect(tokens == [AccessToken("t")].compactMap { $0 })
        #expect(problems == [])
        #expect(warnings == [])
    }

    @Test func `every line is a token, and the first is shown`() throws {
        let (tokens, _, _) = try read("new\nold\n")
        #expect(tokens.map(\.secret) == ["new", "old"])
        var reader = SettingReader(variables: [:])
        var warnings: [String] = []
        #expect(TokenFile.first(in: place.file("token"), &reader, warnings: &warnings)?.secret == "new")
    }

    @Test(arguments: ["two words", "käse", "-----BEGIN PRIVATE KEY-----\nabc", String(repeating: "x", count: 1_025)])
    func `what is no token is told without showing it`(text: String) throws {
        let (_, problems, _) = try read(text)
        #expect(problems.count == 1)
        #expect(
            problems[0].hasSuffix(
                "holds something else than tokens: expected lines of at most 1024 visible ASCII characters"))
        #expect(!problems[0].contains(text.prefix(5)))
    }

    @Test func `a missing file is told`() {
        var reader = SettingReader(variables: [:])
        var warnings: [String] = []
        #expect(TokenFile.all(in: "/nowhere/token", &reader, warnings: &warnings) == [])
        #expect(reader.problems == ["token file /nowhere/token cannot be read: No such file or directory"])
    }

    @Test(arguments: [
        (0o600, 0, 0), (0o640, 0, 0), (0o440, 0, 0), (0o644, 0, 1), (0o604, 0, 1), (0o602, 1, 0), (0o666, 1, 0),
    ])
    func `a file that everybody may read is a warning, one that everybody may write is refused`(
        mode: Int, refusals: Int, warnings: Int
    ) throws {
        let found = try read("t", mode: mode)
        #expect(found.problems.count == refusals)
        #expect(found.warnings.count == warnings)
        #expect((found.problems + found.warnings).allSatisfy { $0.contains("mode 0\(String(mode, radix: 8))") })
    }
}
