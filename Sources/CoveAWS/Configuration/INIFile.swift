// SPDX-License-Identifier: Apache-2.0

/// A configuration file as Python's `configparser.RawConfigParser` reads it, which is what botocore reads with.
///
/// Sections in brackets; options `name = value` or `name: value`, names in lower case; lines that start with `#` or `;`
/// are comments, and a comment after a value is part of the value; a line that is indented deeper than its option goes on
/// with the value; options of `[DEFAULT]` stand in every section; a section or option that stands twice is an error. Unlike
/// Python's reader this one skips a byte order mark.
struct INIFile: Sendable {
    /// A section's name and its options by lower-case name.
    struct Section: Sendable {
        var name: String
        var options: [String: String]
    }

    /// The sections in the order of the file.
    private(set) var sections: [Section] = []

    /// Reads a file's text.
    init(parsing text: String) throws(INIError) {
        var reader = INIReader()
        var rest = text[...].unicodeScalars
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
        while !rest.isEmpty {
            let end = rest.firstIndex { $0 == "\n" || $0 == "\r" } ?? rest.endIndex
            try reader.read(line: rest[..<end])
            guard end < rest.endIndex else { break }
            let next = rest.index(after: end)
            let isPair = rest[end] == "\r" && next < rest.endIndex && rest[next] == "\n"
            rest = rest[(isPair ? rest.index(after: next) : next)...]
        }
        sections = try reader.finish()
    }

    /// The options of a section; nil when the file has no such section.
    func options(of name: String) -> [String: String]? {
        sections.first { $0.name == name }?.options
    }
}

/// What is wrong with a configuration file: the lines and why, never their text, which may be a secret.
struct INIError: Error, Equatable {
    var problems: [String]
}

/// The reader's state between two lines.
private struct INIReader {
    private static let defaults = "DEFAULT"
    private static let mostProblems = 10
    /// How many options `[DEFAULT]` may give to all sections together.
    private static let mostDefaults = 1_000_000

    private struct OpenSection {
        var name: String
        var values: [String: [INIText]] = [:]
    }

    private var sections: [OpenSection] = []
    private var indices: [String: Int] = [:]
    private var defaultSection = OpenSection(name: Self.defaults)
    /// The section that options go to: an index, or nil for `[DEFAULT]`.
    private var current: Int?
    private var hasSection = false
    private var option: String?
    private var indent = 0
    private var lineNumber = 0
    private var problems: [String] = []

    mutating func read(line: INIText) throws(INIError) {
        lineNumber += 1
        let value = line.stripped
        if let first = value.first, first == "#" || first == ";" { return }
        guard !value.isEmpty else {
            if let option { append(line[line.endIndex...], to: option) }
            return
        }
        let lineIndent = line.distance(from: line.startIndex, to: value.startIndex)
        if let option, lineIndent > indent {
            append(value, to: option)
            return
        }
        indent = lineIndent
        if value.first == "[", let end = value.lastIndex(of: "]"), value.index(after: value.startIndex) < end {
            try open(section: String(value[value.index(after: value.startIndex)..<end]))
        } else if !hasSection {
            throw INIError(problems: ["line \(lineNumber): an option before the first [section]"])
        } else {
            try readOption(value)
        }
    }

    private mutating func open(section name: String) throws(INIError) {
        option = nil
        hasSection = true
        guard name != Self.defaults else {
            current = nil
            return
        }
        guard indices[name] == nil else {
            throw INIError(problems: ["line \(lineNumber): the section [\(name)] stands twice"])
        }
        current = sections.count
        indices[name] = sections.count
        sections.append(OpenSection(name: name))
    }

    private mutating func readOption(_ line: INIText) throws(INIError) {
        guard let delimiter = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
            note("line \(lineNumber): neither a [section] nor an option (name = value)")
            return
        }
        let name = String(line[..<delimiter].withoutTrailingSpace).lowercased()
        if name.isEmpty { note("line \(lineNumber): an option without a name") }
        let isKnown = current.map { sections[$0].values[name] != nil } ?? (defaultSection.values[name] != nil)
        guard !isKnown else {
            let section = current.map { sections[$0].name } ?? Self.defaults
            throw INIError(problems: ["line \(lineNumber): the option \(name) stands twice in [\(section)]"])
        }
        option = name
        append(line[line.index(after: delimiter)...].stripped, to: name)
    }

    private mutating func append(_ text: INIText, to option: String) {
        if let current {
            sections[current].values[option, default: []].append(text)
        } else {
            defaultSection.values[option, default: []].append(text)
        }
    }

    private mutating func note(_ problem: String) {
        if problems.count < Self.mostProblems { problems.append(problem) }
    }

    /// The sections, each with the options of `[DEFAULT]` that it does not have itself.
    func finish() throws(INIError) -> [INIFile.Section] {
        guard problems.isEmpty else { throw INIError(problems: problems) }
        guard sections.count * defaultSection.values.count <= Self.mostDefaults else {
            throw INIError(problems: [
                "the \(defaultSection.values.count) options of [DEFAULT] would stand in \(sections.count) sections, "
                    + "which is more than \(Self.mostDefaults) in all"
            ])
        }
        let defaults = defaultSection.values.mapValues(Self.joined)
        return sections.map { section in
            INIFile.Section(
                name: section.name,
                options: defaults.merging(section.values.mapValues(Self.joined)) { _, own in own })
        }
    }

    private static func joined(_ lines: [INIText]) -> String {
        String(lines.map { String($0) }.joined(separator: "\n")[...].unicodeScalars.withoutTrailingSpace)
    }
}
