// SPDX-License-Identifier: Apache-2.0

/// Makes an expression of tokens: a Pratt parser with the binding powers of jmespath.py.
struct JMESPathParser {
    /// How deep expressions may nest; parsing recurses.
    static let maximumDepth = 256
    /// How high the tree of an expression may become, by nesting or by chains such as `a.b.c`; evaluation recurses.
    static let maximumHeight = 512
    /// What binds less than this ends a projection.
    private static let projectionStop = 10

    private let tokens: [JMESPathToken]
    private var index = 0
    private var depth = 0
    /// How high the trees are that the expression under way holds.
    private var height = 0

    init(_ text: String) throws(JMESPathError) { tokens = try JMESPathLexer.tokens(of: text) }

    mutating func parse() throws(JMESPathError) -> JMESPathExpression {
        let expression = try expression(0)
        guard token.kind == .end else { throw unexpected("an operator or the end") }
        return expression
    }

    private mutating func expression(_ power: Int) throws(JMESPathError) -> JMESPathExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw JMESPathError(
                .syntax, "the expression is nested deeper than \(Self.maximumDepth) levels", at: token.position)
        }
        let outer = height
        height = 0
        var left = try prefix(advance())
        while power < Self.power(token.kind) {
            left = try infix(left, advance())
            height += 1
            guard height <= Self.maximumHeight else {
                throw JMESPathError(
                    .syntax, "the expression is a chain of more than \(Self.maximumHeight) links", at: token.position)
            }
        }
        height = max(outer, height + 1)
        return left
    }

    private static func power(_ kind: JMESPathToken.Kind) -> Int {
        switch kind {
        case .pipe: 1
        case .or: 2
        case .and: 3
        case .comparator: 5
        case .flatten: 9
        case .star: 20
        case .filter: 21
        case .dot: 40
        case .not: 45
        case .leftBrace: 50
        case .leftBracket: 55
        case .leftParenthesis: 60
        default: 0
        }
    }

    // MARK: Beginnings

    private mutating func prefix(_ token: JMESPathToken) throws(JMESPathError) -> JMESPathExpression {
        switch token.kind {
        case .literal(let value): return .literal(value)
        case .identifier(let name):
            if self.token.kind == .leftParenthesis { return try call(name, at: token.position) }
            return .field(name)
        case .quotedIdentifier(let name):
            guard self.token.kind != .leftParenthesis else {
                throw JMESPathError(.syntax, "a function's name is not quoted", at: token.position)
            }
            return .field(name)
        case .current: return .current
        case .star: return .valueProjection(.current, try projected(Self.power(.star)))
        case .filter: return try filter(.current)
        case .flatten: return .listProjection(.flatten(.current), try projected(Self.power(.flatten)))
        case .not: return .not(try expression(Self.power(.not)))
        case .reference: return .reference(try expression(Self.power(.reference)))
        case .leftBrace: return try object()
        case .leftParenthesis:
            let inner = try expression(0)
            try expect(.rightParenthesis, "\")\"")
            return inner
        case .leftBracket: return try bracket()
        default:
            index -= 1
            throw unexpected("an expression")
        }
    }

    private mutating func bracket() throws(JMESPathError) -> JMESPathExpression {
        switch token.kind {
        case .number, .colon: return try indexOrSlice(.current)
        case .star where peek(1) == .rightBracket:
            index += 2
            return .listProjection(.current, try projected(Self.power(.star)))
        default: return try list()
        }
    }

    // MARK: Continuations

    private mutating func infix(
        _ left: JMESPathExpression, _ token: JMESPathToken
    ) throws(JMESPathError) -> JMESPathExpression {
        switch token.kind {
        case .dot:
            if self.token.kind == .star {
                index += 1
                return .valueProjection(left, try projected(Self.power(.star)))
            }
            return .subexpression(left, try afterDot(Self.power(.dot)))
        case .pipe: return .pipe(left, try expression(Self.power(.pipe)))
        case .or: return .or(left, try expression(Self.power(.or)))
        case .and: return .and(left, try expression(Self.power(.and)))
        case .comparator(let comparator):
            return .comparison(comparator, left, try expression(Self.power(token.kind)))
        case .flatten: return .listProjection(.flatten(left), try projected(Self.power(.flatten)))
        case .filter: return try filter(left)
        case .leftBracket:
            switch self.token.kind {
            case .number, .colon: return try indexOrSlice(left)
            default:
                try expect(.star, "a number, \":\" or \"*\"")
                try expect(.rightBracket, "\"]\"")
                return .listProjection(left, try projected(Self.power(.star)))
            }
        default:
            index -= 1
            throw unexpected("an operator or the end")
        }
    }

    /// The right side of a projection.
    private mutating func projected(_ power: Int) throws(JMESPathError) -> JMESPathExpression {
        if Self.power(token.kind) < Self.projectionStop { return .current }
        switch token.kind {
        case .leftBracket, .filter: return try expression(power)
        case .dot:
            index += 1
            return try afterDot(power)
        default: throw unexpected("\".\", \"[\" or the projection's end")
        }
    }

    private mutating func afterDot(_ power: Int) throws(JMESPathError) -> JMESPathExpression {
        switch token.kind {
        case .identifier, .quotedIdentifier, .star: return try expression(power)
        case .leftBracket:
            index += 1
            return try list()
        case .leftBrace:
            index += 1
            return try object()
        default: throw unexpected("a name, \"*\", \"[\" or \"{\"")
        }
    }

    private mutating func filter(_ left: JMESPathExpression) throws(JMESPathError) -> JMESPathExpression {
        let condition = try expression(0)
        try expect(.rightBracket, "\"]\"")
        let right = token.kind == .flatten ? .current : try projected(Self.power(.filter))
        return .filterProjection(left, right, condition: condition)
    }

    private mutating func indexOrSlice(_ left: JMESPathExpression) throws(JMESPathError) -> JMESPathExpression {
        if case .number(let number) = token.kind, peek(1) != .colon {
            index += 1
            try expect(.rightBracket, "\"]\"")
            return .subexpression(left, .index(number))
        }
        var parts: [Int?] = [nil, nil, nil]
        var part = 0
        while token.kind != .rightBracket {
            switch token.kind {
            case .colon where part < 2: part += 1
            case .number(let number) where parts[part] == nil: parts[part] = number
            default: throw unexpected("a number, \":\" or \"]\"")
            }
            index += 1
        }
        index += 1
        return .listProjection(
            .subexpression(left, .slice(start: parts[0], stop: parts[1], step: parts[2])),
            try projected(Self.power(.star)))
    }

    // MARK: Lists, objects, calls

    private mutating func list() throws(JMESPathError) -> JMESPathExpression {
        .list(try elements(until: .rightBracket, "\"]\""))
    }

    private mutating func elements(
        until end: JMESPathToken.Kind, _ name: String
    ) throws(JMESPathError) -> [JMESPathExpression] {
        var elements = [try expression(0)]
        while token.kind != end {
            try expect(.comma, "\",\" or \(name)")
            elements.append(try expression(0))
        }
        index += 1
        return elements
    }

    private mutating func object() throws(JMESPathError) -> JMESPathExpression {
        var members: [(String, JMESPathExpression)] = []
        while true {
            switch advance().kind {
            case .identifier(let name), .quotedIdentifier(let name):
                try expect(.colon, "\":\"")
                members.append((name, try expression(0)))
            default:
                index -= 1
                throw unexpected("a member's name")
            }
            if token.kind == .rightBrace { break }
            try expect(.comma, "\",\" or \"}\"")
        }
        index += 1
        return .object(members)
    }

    private mutating func call(_ name: String, at position: Int) throws(JMESPathError) -> JMESPathExpression {
        index += 1
        var arguments: [JMESPathExpression] = []
        if token.kind == .rightParenthesis {
            index += 1
        } else {
            arguments = try elements(until: .rightParenthesis, "\")\"")
        }
        guard let function = JMESPathFunction(rawValue: name) else {
            throw JMESPathError(.unknownFunction, "there is no function \(name)()", at: position)
        }
        try function.check(count: arguments.count, at: position)
        return .call(function, arguments)
    }

    // MARK: Tokens

    private var token: JMESPathToken { tokens[min(index, tokens.count - 1)] }

    private func peek(_ distance: Int) -> JMESPathToken.Kind { tokens[min(index + distance, tokens.count - 1)].kind }

    private mutating func advance() -> JMESPathToken {
        defer { index += 1 }
        return token
    }

    private mutating func expect(_ kind: JMESPathToken.Kind, _ name: String) throws(JMESPathError) {
        guard token.kind == kind else { throw unexpected(name) }
        index += 1
    }

    private func unexpected(_ expected: String) -> JMESPathError {
        let found = token.kind == .end ? "the end" : "\"\(token.text)\""
        return JMESPathError(.syntax, "found \(found), expected \(expected)", at: token.position)
    }
}
