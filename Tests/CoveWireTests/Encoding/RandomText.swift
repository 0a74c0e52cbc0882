// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport

/// Text whose characters take all the lengths that there are, as themselves and in JSON.
enum RandomText {
    private static let characters: [Character] = [
        "a", "z", "\"", "\\", "/", "\n", "\u{01}", "\u{7F}", "é", "ß", "€", "\u{2028}", "\u{FEFF}", "日", "😀", "👩‍👩‍👧", "🇪🇺",
        "e\u{301}",
    ]

    static func of(_ count: Int, using generator: inout SeededGenerator) -> String {
        String((0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &generator)] })
    }
}
