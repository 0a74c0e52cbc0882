// SPDX-License-Identifier: Apache-2.0

/// What is asked of a listing beyond its operation's input.
package struct PageOptions: Sendable, Hashable {
    /// How many elements a page may have; nil for the service's own number.
    package var pageSize: Int?
    /// How many elements there may be in all; nil for no limit.
    package var limit: Int?
    /// Where an earlier listing ended; nil for the beginning.
    package var startingToken: String?

    package init(pageSize: Int? = nil, limit: Int? = nil, startingToken: String? = nil) {
        self.pageSize = pageSize
        self.limit = limit
        self.startingToken = startingToken
    }
}

/// The way through the pages of a listing, as botocore goes it: what is asked for next, and what of a page is given on.
///
/// It asks nobody itself: pages come in, the next request's input goes out.
package struct PageWalk: Sendable {
    let paginator: Paginator
    private let limit: Int?
    /// What the starting token left out of the first page; nil without such a token.
    private let leading: Int?
    private var input: AWSMembers
    private var tokens: AWSMembers
    private var previous: AWSMembers?
    private var count = 0
    private var isAtFirstPage = true
    private var state = State.asking

    private enum State: Sendable {
        case asking
        case ended
        /// The service gave the same tokens twice: the pages that it has given are whole, and there is no end.
        case endless
    }

    /// The input of the next request; nil after the last page.
    ///
    /// - Throws: `AWSError` (`.unreadable`) when the listing would not end.
    package var request: AWSMembers? {
        get throws {
            switch state {
            case .asking: return input
            case .ended: return nil
            case .endless:
                throw AWSError(
                    .unreadable, code: "PaginationError",
                    message: "The same next token was received twice: \(AWSValue.structure(tokens).jsonText())")
            }
        }
    }
    /// Where the listing goes on; nil when it was read to its end.
    private(set) var resumption: ResumeToken?
    /// What stands in every page the same, with the name's path.
    private(set) var unchanging: [(path: String, value: AWSValue)] = []

    /// A way from the beginning, or from where an earlier one ended.
    ///
    /// - Throws: `AWSError` (`.invalidInput`) when the options do not fit the operation.
    package init(_ paginator: Paginator, of operation: OperationModel, _ input: AWSMembers, _ options: PageOptions)
        throws
    {
        self.paginator = paginator
        limit = options.limit
        self.input = input
        tokens = AWSMembers()
        for name in paginator.inputTokens { tokens[name] = .null }
        if let text = options.startingToken {
            let start = try ResumeToken(text, for: paginator.inputTokens)
            tokens = start.parameters
            leading = start.offset ?? 0
            set(tokens)
        } else {
            leading = nil
        }
        if let size = options.pageSize {
            guard let key = paginator.limitKey else {
                throw AWSError(
                    .invalidInput, code: "PaginationError",
                    message: "PageSize parameter is not supported for the pagination interface for this operation.")
            }
            self.input[key] = operation.takesText(key) ? .string("\(size)") : .integer(Int64(size))
        }
    }

    /// Takes a page that answers `request`, and says what of it is given on.
    ///
    /// - Throws: `JMESPathError` when the paginator's model does not fit the page.
    package mutating func take(_ page: AWSValue) throws -> AWSValue {
        state = .ended
        var page = page
        var skipped = 0
        if isAtFirstPage {
            isAtFirstPage = false
            if let leading {
                skipped = leading
                page = try begin(page, at: leading)
            }
            unchanging = try paginator.nonAggregateKeys.map { ($0.text, try $0.search(page)) }
        }
        let found = try paginator.resultKeys.first?.search(page) ?? .null
        let surplus = limit.map { count + found.elementCount - $0 } ?? 0
        if surplus > 0, let key = paginator.resultKeys.first {
            let kept = found.elementCount - surplus
            page.set(found.prefix(kept), at: key.text)
            resumption = ResumeToken(parameters: tokens, offset: kept + skipped)
            return page
        }
        count += found.elementCount
        tokens = try nextTokens(in: page)
        if tokens.values.allSatisfy(\.isNull) { return page }
        if limit == count {
            resumption = ResumeToken(parameters: tokens)
            return page
        }
        guard previous != tokens else {
            state = .endless
            return page
        }
        previous = tokens
        set(tokens)
        state = .asking
        return page
    }

    // MARK: Tokens

    private mutating func set(_ tokens: AWSMembers) {
        for token in tokens {
            // botocore's older tokens have the word for none.
            let isNone = token.value.isNull || token.value == "None"
            input[token.name] = isNone ? AWSValue?.none : token.value
        }
    }

    private func nextTokens(in page: AWSValue) throws -> AWSMembers {
        if let more = paginator.moreResults, try !more.search(page).isGiven { return AWSMembers() }
        var found = AWSMembers()
        for (name, path) in zip(paginator.inputTokens, paginator.outputTokens) {
            let token = try path.search(page)
            found[name] = token.isGiven ? token : .null
        }
        return found
    }

    // MARK: Pages

    /// The first page of a listing that goes on within it: what was given on before is left out.
    private func begin(_ page: AWSValue, at offset: Int) throws -> AWSValue {
        var page = page
        for (index, key) in paginator.resultKeys.enumerated() {
            let found = try key.search(page)
            let rest: AWSValue =
                switch found {
                case .list(let elements): index == 0 ? .list(Array(elements.dropFirst(offset))) : []
                case .string(let text):
                    index == 0 ? .string(String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(offset)))) : ""
                // What the service counted is not less because of where the reader begins.
                case .integer, .double, .bool: index == 0 ? .null : found
                case .null, .blob, .timestamp, .structure: .null
                }
            page.set(rest, at: key.text)
        }
        return page
    }
}

extension OperationModel {
    /// Whether a member of the input is text.
    fileprivate func takesText(_ name: String) -> Bool {
        guard let input, let member = graph[input].member(name) else { return false }
        return if case .string = graph[member].kind { true } else { false }
    }
}

extension AWSValue {
    /// Whether a service that says so means something: no null, nothing empty, neither false nor 0.
    fileprivate var isGiven: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .blob(let bytes): !bytes.isEmpty
        case .list(let elements): !elements.isEmpty
        case .structure(let members): !members.isEmpty
        case .timestamp: true
        }
    }

    /// How many elements a limit counts.
    fileprivate var elementCount: Int {
        switch self {
        case .list(let elements): elements.count
        case .structure(let members): members.count
        case .string(let text): text.unicodeScalars.count
        case .null, .bool, .integer, .double, .blob, .timestamp: 0
        }
    }

    /// The first elements.
    fileprivate func prefix(_ count: Int) -> AWSValue {
        switch self {
        case .list(let elements): return .list(Array(elements.prefix(count)))
        case .structure(let members):
            return .structure(members.prefix(count).reduce(into: AWSMembers()) { $0[$1.name] = $1.value })
        case .string(let text): return .string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(count))))
        case .null, .bool, .integer, .double, .blob, .timestamp: return self
        }
    }
}
