// SPDX-License-Identifier: Apache-2.0

/// Columns of text for a terminal or a pipe; the last column takes what is left of the line.
struct TextTable {
    private let widths: [Int]
    private let total: Int?
    private let headings: [String]

    /// A table whose columns are as wide as its headings and a sample of its rows need.
    ///
    /// - Parameters:
    ///   - width: the line's width; nil where lines may be as long as they like.
    ///   - widest: the most that each column but the last may take.
    init(headings: [String], sample: [[String]], width: Int?, widest: [Int] = []) {
        self.headings = headings
        total = width
        widths = headings.indices.map { column in
            let needed = sample.reduce(headings[column].count) { max($0, Self.width(Self.visible($1[column]))) }
            return column < widest.count ? min(needed, max(widest[column], headings[column].count)) : needed
        }
    }

    /// The line of headings.
    var heading: String { line(headings) }

    /// A row; cells that are too wide end in `…`.
    func line(_ cells: [String]) -> String {
        var text = ""
        var used = 0
        for (column, cell) in cells.enumerated() {
            let isLast = column == cells.count - 1
            let room = isLast ? total.map { max(1, $0 - used) } : widths[column]
            // Of a result of megabytes only what is shown is looked at.
            let shown = Self.fit(Self.visible(room.map { String(cell.prefix($0 + 1)) } ?? cell), room)
            text += shown
            if !isLast {
                text += String(repeating: " ", count: max(0, widths[column] - Self.width(shown)) + 2)
                used += widths[column] + 2
            }
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Text without what could move the cursor, ring or colour: control characters become spaces.
    static func visible(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { isInvisible($0) ? " " : $0 }))
    }

    /// Whether a character could move the cursor, ring, colour or turn the line around.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// How many columns a terminal gives to text: two for wide characters, none for combining marks.
    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    private static func fit(_ text: String, _ room: Int?) -> String {
        guard let room, width(text) > room else { return text }
        var shown = ""
        var used = 0
        for character in text {
            let next = width(character)
            if used + next > room - 1 { break }
            shown.append(character)
            used += next
        }
        return shown + "…"
    }
}
