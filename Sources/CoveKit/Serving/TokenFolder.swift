// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import FoundationEssentials

/// The tokens by which a coordinator knows its peers: a file for each right, in its store.
struct TokenFolder: Sendable {
    /// The rights that tokens are made for, each with the name of its file.
    static let files: [(name: String, rights: Rights)] = [("join", .join), ("submit", .submit), ("read", .read)]

    let path: String

    init(store: String) { path = store + "/tokens" }

    /// The files of all rights.
    var paths: [String] { Self.files.map { file($0.name) } }

    /// The file of a right.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The tokens, those that are missing made anew: 256 random bits each, in files that their owner alone may read.
    ///
    /// - Returns: the tokens, and what is to be said of their files.
    /// - Throws: `InvalidRequest` when a file is not what it should be, `CommandFailure` when one cannot be made.
    func open(
        using generator: inout some RandomNumberGenerator
    ) throws -> (tokens: AccessTokens, warnings: [String]) {
        try PrivateFile.makeFolder(path)
        for (name, _) in Self.files where !FileManager.default.fileExists(atPath: file(name)) {
            try PrivateFile.write(Self.makeToken(using: &generator) + "\n", to: file(name))
        }
        return try read()
    }

    /// The tokens of the files.
    ///
    /// - Returns: the tokens, and what is to be said of their files.
    /// - Throws: `InvalidRequest` when a file is not there, or not what it should be.
    func read() throws -> (tokens: AccessTokens, warnings: [String]) {
        var reader = SettingReader(variables: [:])
        var warnings: [String] = []
        var tokens: [(token: AccessToken, rights: Rights)] = []
        for (name, rights) in Self.files {
            tokens += TokenFile.all(in: file(name), &reader, warnings: &warnings).map { ($0, rights) }
        }
        try reader.check()
        return (AccessTokens(tokens), warnings)
    }

    private static func makeToken(using generator: inout some RandomNumberGenerator) -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
