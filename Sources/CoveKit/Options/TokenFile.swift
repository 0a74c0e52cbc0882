// SPDX-License-Identifier: Apache-2.0

import CoveWire

/// A file with a token in it, as a coordinator made it.
///
/// More lines are more tokens: while one is replaced by another both stand there, the new one first.
enum TokenFile {
    /// The token that is shown: the first of the file.
    ///
    /// What is wrong is left with the reader; a file that everybody may read is a warning.
    static func first(in path: String, _ reader: inout SettingReader, warnings: inout [String]) -> AccessToken? {
        all(in: path, &reader, warnings: &warnings).first
    }

    /// The tokens of a file.
    ///
    /// What is wrong is left with the reader; a file that everybody may read is a warning.
    static func all(in path: String, _ reader: inout SettingReader, warnings: inout [String]) -> [AccessToken] {
        switch TextFile.read(path, limit: 64 * 1_024) {
        case .failure(let problem):
            reader.add(problem: "token \(problem.description)")
            return []
        case .success(let content):
            PrivateFile.check(path, "token file", &reader, warnings: &warnings)
            let lines = content.split(whereSeparator: \.isNewline).map { trimmed($0) }.filter { !$0.isEmpty }
            let tokens = lines.compactMap { AccessToken($0) }
            if lines.isEmpty {
                reader.add(problem: "token file \(path) is empty: expected a token in it")
            } else if tokens.count < lines.count {
                // Not what stands there: it may be a secret of another kind.
                reader.add(
                    problem: "token file \(path) holds something else than tokens: expected lines of at most 1024 "
                        + "visible ASCII characters")
            }
            return tokens
        }
    }
}
