// SPDX-License-Identifier: Apache-2.0

/// A name in which `*` stands for any characters, also none: `eu-*`.
package struct NamePattern: Sendable, Hashable {
    /// The pattern's text.
    package let text: String

    package init(_ text: String) { self.text = text }

    /// Whether a name is one that the pattern means.
    package func matches(_ name: String) -> Bool {
        let pattern = Array(text.utf8)
        let name = Array(name.utf8)
        var place = 0
        var index = 0
        // Where the last star stands, and how much of the name it covers so far.
        var star: (place: Int, index: Int)?
        while index < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, index)
                place += 1
            } else if place < pattern.count, pattern[place] == name[index] {
                place += 1
                index += 1
            } else if let last = star {
                star = (last.place, last.index + 1)
                place = last.place + 1
                index = last.index + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension [String] {
    /// Whether one of the patterns means the name.
    package func matches(_ name: String) -> Bool { contains { NamePattern($0).matches(name) } }
}
