// SPDX-License-Identifier: Apache-2.0

/// A token that proves a right; it never prints.
struct SecretToken: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The token itself: for the wire alone.
    let text: String

    /// A token; nil when the text is none: visible ASCII characters, 1,024 at most.
    init?(_ text: some StringProtocol) {
        guard (1...1_024).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.text = String(text)
    }

    var description: String { "SecretToken(…)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension SecretToken {
    /// The first token of a file.
    ///
    /// What is wrong is left with the reader; a file that others may read is a warning.
    static func read(_ path: String, _ reader: inout SettingReader, warnings: inout [String]) -> SecretToken? {
        all(in: path, &reader, warnings: &warnings).first
    }

    /// The tokens of a file, a line each: while one is replaced by another, both stand there, the new one first.
    static func all(in path: String, _ reader: inout SettingReader, warnings: inout [String]) -> [SecretToken] {
        switch TextFile.read(path, limit: 64 * 1_024) {
        case .failure(let problem):
            reader.add(problem: "token \(problem.description)")
            return []
        case .success(let content):
            PrivateFile.check(path, "token file", &reader, warnings: &warnings)
            let lines = content.split(whereSeparator: \.isNewline).map { trimmed($0) }.filter { !$0.isEmpty }
            let tokens = lines.compactMap { SecretToken($0) }
            if lines.isEmpty {
                reader.add(problem: "token file \(path) is empty: expected a token in it")
            } else if tokens.count < lines.count {
                reader.add(
                    problem: "token file \(path) holds something else than tokens: expected a line of at most 1024 "
                        + "visible ASCII characters for each")
            }
            return tokens
        }
    }
}
