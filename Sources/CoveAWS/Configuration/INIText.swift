// SPDX-License-Identifier: Apache-2.0

/// Text as Python's string methods see it, in Unicode scalars, because the files' meaning is defined by Python's parser.
typealias INIText = Substring.UnicodeScalarView

extension Unicode.Scalar {
    /// Whether Python's `str.isspace` holds.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Whether Python's `str.splitlines` ends a line here.
    var isPythonLineEnd: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

extension INIText {
    /// The text without whitespace at both ends.
    var stripped: INIText {
        guard let start = firstIndex(where: { !$0.isPythonSpace }) else { return self[endIndex...] }
        return self[start...].withoutTrailingSpace
    }

    /// The text without whitespace at its end.
    var withoutTrailingSpace: INIText {
        guard let last = lastIndex(where: { !$0.isPythonSpace }) else { return self[startIndex..<startIndex] }
        return self[...last]
    }
}
