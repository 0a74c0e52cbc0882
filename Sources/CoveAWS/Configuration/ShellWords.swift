// SPDX-License-Identifier: Apache-2.0

/// The words of a command line, as Python's `shlex.split` finds them.
///
/// Whitespace separates, single quotes keep everything, double quotes keep all but `\"` and `\\`, a backslash outside
/// quotes keeps the next character. Nothing is expanded.
enum ShellWords {
    /// Why a text has no words.
    enum Problem: Error, Equatable {
        case openQuote
        case openEscape
    }

    /// The words of a text.
    static func split(_ text: String) throws(Problem) -> [String] {
        var words: [String] = []
        var word: String.UnicodeScalarView?
        var quote: Unicode.Scalar?
        var scalars = text.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch (scalar, quote) {
            case ("\\", nil):
                guard let next = scalars.popFirst() else { throw .openEscape }
                word = word ?? .init()
                word?.append(next)
            case ("\\", "\""):
                guard let next = scalars.popFirst() else { throw .openEscape }
                if next != "\\" && next != "\"" { word?.append("\\") }
                word?.append(next)
            case ("'", nil), ("\"", nil):
                quote = scalar
                word = word ?? .init()
            case (" ", nil), ("\t", nil), ("\r", nil), ("\n", nil):
                if let finished = word { words.append(String(finished)) }
                word = nil
            case (_, scalar):
                quote = nil
            default:
                word = word ?? .init()
                word?.append(scalar)
            }
        }
        guard quote == nil else { throw .openQuote }
        if let finished = word { words.append(String(finished)) }
        return words
    }
}
