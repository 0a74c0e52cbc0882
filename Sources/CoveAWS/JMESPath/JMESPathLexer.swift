// SPDX-License-Identifier: Apache-2.0

/// A word of an expression, and where it begins.
struct JMESPathToken: Sendable {
    enum Kind: Sendable, Equatable {
        case identifier(String)
        /// An identifier in quotation marks, which cannot be a function's name.
        case quotedIdentifier(String)
        case literal(AWSValue)
        case number(Int)
        case dot, star, comma, colon, current, reference
        case pipe, or, and, not
        case comparator(JMESPathComparator)
        case leftBracket, rightBracket, flatten, filter
        case leftBrace, rightBrace, leftParenthesis, rightParenthesis
        case end
    }

    let kind: Kind
    let position: Int
    /// The text that it was, for messages.
    let text: String
}

/// Cuts an expression's text into tokens.
struct JMESPathLexer {
    private let characters: [Unicode.Scalar]
    private var index = 0

    /// How long an expression may be; beyond it nobody has written it by hand.
    static let maximumLength = 65_536

    /// The tokens of a text, with the end as the last.
    static func tokens(of text: String) throws(JMESPathError) -> [JMESPathToken] {
        var lexer = JMESPathLexer(characters: Array(text.unicodeScalars))
        guard lexer.characters.count <= maximumLength else {
            throw JMESPathError(
                .syntax, "the expression has \(lexer.characters.count) characters; at most \(maximumLength) are read")
        }
        var tokens: [JMESPathToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        guard !tokens.isEmpty else { throw JMESPathError(.syntax, "the expression is empty", at: 0) }
        tokens.append(JMESPathToken(kind: .end, position: lexer.characters.count, text: "the end"))
        return tokens
    }

    private init(characters: [Unicode.Scalar]) { self.characters = characters }

    private mutating func next() throws(JMESPathError) -> JMESPathToken? {
        while let character = peek, character == " " || character == "\t" || character == "\n" || character == "\r" {
            index += 1
        }
        guard let character = peek else { return nil }
        let start = index
        let kind = try kind(character)
        return JMESPathToken(kind: kind, position: start, text: text(start..<index))
    }

    private mutating func kind(_ character: Unicode.Scalar) throws(JMESPathError) -> JMESPathToken.Kind {
        switch character {
        case "a"..."z", "A"..."Z", "_": return .identifier(identifier())
        case "0"..."9", "-": return .number(try number())
        case "\"": return .quotedIdentifier(try quotedIdentifier())
        case "'": return .literal(.string(try rawString()))
        case "`": return .literal(try literal())
        default: break
        }
        index += 1
        switch character {
        case ".": return .dot
        case "*": return .star
        case ",": return .comma
        case ":": return .colon
        case "@": return .current
        case "]": return .rightBracket
        case "{": return .leftBrace
        case "}": return .rightBrace
        case "(": return .leftParenthesis
        case ")": return .rightParenthesis
        case "[": return take("]") ? .flatten : take("?") ? .filter : .leftBracket
        case "|": return take("|") ? .or : .pipe
        case "&": return take("&") ? .and : .reference
        case "!": return take("=") ? .comparator(.notEqual) : .not
        case "<": return .comparator(take("=") ? .lessOrEqual : .less)
        case ">": return .comparator(take("=") ? .greaterOrEqual : .greater)
        case "=":
            guard take("=") else { throw error("found \"=\", expected \"==\"", index - 1) }
            return .comparator(.equal)
        default: throw error("found \"\(character)\", which no expression has", index - 1)
        }
    }

    private mutating func identifier() -> String {
        let start = index
        while let character = peek, Self.isWord(character) { index += 1 }
        return text(start..<index)
    }

    private static func isWord(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "_", "0"..."9": true
        default: false
        }
    }

    private mutating func number() throws(JMESPathError) -> Int {
        let start = index
        index += 1
        while let character = peek, ("0"..."9").contains(character) { index += 1 }
        guard let number = Int(text(start..<index)) else {
            throw error("found \"\(text(start..<index))\", expected a whole number", start)
        }
        return number
    }

    // MARK: What is quoted

    /// The characters up to a delimiter, which may be escaped by a backslash; the backslash stays.
    private mutating func quoted(by delimiter: Unicode.Scalar) throws(JMESPathError) -> [Unicode.Scalar] {
        let start = index
        index += 1
        while let character = peek, character != delimiter { index += character == "\\" ? 2 : 1 }
        guard peek == delimiter else {
            index = characters.count
            throw error("the \(delimiter) is not closed", start)
        }
        index += 1
        return Array(characters[(start + 1)..<(index - 1)])
    }

    private mutating func quotedIdentifier() throws(JMESPathError) -> String {
        let start = index
        let content = try quoted(by: "\"")
        guard case .string(let name)? = Self.json(["\""] + content + ["\""]) else {
            throw error("the quoted identifier is not a JSON string", start)
        }
        return name
    }

    private mutating func rawString() throws(JMESPathError) -> String {
        Self.string(Self.unescaped(try quoted(by: "'"), "'"))
    }

    private mutating func literal() throws(JMESPathError) -> AWSValue {
        let start = index
        let content = Self.unescaped(try quoted(by: "`"), "`")
        if let value = Self.json(content) { return value }
        // As jmespath.py does: what is no JSON may be a string without its quotation marks.
        let trimmed = content.drop { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" }
        guard let value = Self.json(["\""] + Array(trimmed) + ["\""]) else {
            throw error("the literal is not JSON", start)
        }
        return value
    }

    private static func unescaped(_ content: [Unicode.Scalar], _ delimiter: Unicode.Scalar) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for character in content {
            if character == delimiter, result.last == "\\" { result.removeLast() }
            result.append(character)
        }
        return result
    }

    private static func json(_ characters: [Unicode.Scalar]) -> AWSValue? {
        (try? JSONReader.read(Array(string(characters).utf8))).map { AWSValue(json: $0) }
    }

    // MARK: Characters

    private var peek: Unicode.Scalar? { index < characters.count ? characters[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == character else { return false }
        index += 1
        return true
    }

    private func text(_ range: Range<Int>) -> String { Self.string(characters[range]) }

    private static func string(_ characters: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: characters)
        return String(text)
    }

    private func error(_ message: String, _ position: Int) -> JMESPathError {
        JMESPathError(.syntax, message, at: position)
    }
}
