// SPDX-License-Identifier: Apache-2.0

/// A text as one word of a shell's command line, quoted where it needs to be.
struct ShellWord: Sendable, CustomStringConvertible {
    let description: String

    init(_ text: String) {
        let isPlain =
            !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "/._-+@%:,".contains($0) }
        let quoted = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        description = isPlain ? text : "'\(quoted)'"
    }
}
