// SPDX-License-Identifier: Apache-2.0

/// The pages of a listing, fetched one after the other as they are asked for.
///
/// ```swift
/// for try await page in iam.paginate("ListUsers") { … }
/// let names: [String] = try await iam.paginate("ListUsers").collect("Users[].UserName")
/// ```
///
/// A page may be empty and have another behind it. What is wrong with the operation or the options is thrown when the
/// first page is asked for.
public struct AWSPages: AsyncSequence, Sendable {
    /// A page: the operation's output.
    public typealias Element = AWSValue

    private let client: AWSClient
    private let operation: String
    private let input: AWSMembers
    private let options: PageOptions

    init(client: AWSClient, operation: String, input: AWSMembers, options: PageOptions) {
        self.client = client
        self.operation = operation
        self.input = input
        self.options = options
    }

    /// Begins with the first page.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, operation: operation, input: input, options: options)
    }

    /// Fetches the pages in order.
    public struct Iterator: AsyncIteratorProtocol {
        private let client: AWSClient
        private let operation: String
        private let input: AWSMembers
        private let options: PageOptions
        private var walk: PageWalk?
        private var hasFailed = false

        fileprivate init(client: AWSClient, operation: String, input: AWSMembers, options: PageOptions) {
            self.client = client
            self.operation = operation
            self.input = input
            self.options = options
        }

        /// Where the listing can be gone on with (`startingToken`); nil unless the last page was cut off by the limit.
        public var resumeToken: String? { walk?.resumption?.text }

        /// The next page, nil after the last.
        ///
        /// After an error the sequence has ended.
        public mutating func next() async throws -> AWSValue? {
            if hasFailed { return nil }
            do {
                return try await page()
            } catch {
                hasFailed = true
                throw error
            }
        }

        private mutating func page() async throws -> AWSValue? {
            var walk = try self.walk ?? client.walk(operation, input, options)
            guard let request = try walk.request else { return nil }
            let page = try walk.take(try await client.call(operation, request))
            self.walk = walk
            return page
        }
    }

    /// All pages as one output: lists one after the other, numbers added, and what stands in every page once.
    ///
    /// It is what the AWS CLI prints. Cut off by a limit it has a `NextToken` to go on with.
    public func collect() async throws -> AWSValue { try await collect(atMost: .max) }

    /// All pages as one output of a bounded size.
    ///
    /// - Parameter size: how many bytes the pages after the first may take, about.
    /// - Throws: `AWSError` (`.unreadable`, `ListingTooLarge`) when they take more; what fetching the pages throws.
    package func collect(atMost size: Int) async throws -> AWSValue {
        var walk = try client.walk(operation, input, options)
        var merge = PageMerge(walk.paginator)
        var gathered = 0
        while let request = try walk.request {
            let page = try walk.take(try await client.call(operation, request))
            try merge.add(page)
            guard size < .max, try walk.request != nil else { continue }
            gathered += page.size
            guard gathered <= size else {
                throw AWSError(
                    .unreadable, code: "ListingTooLarge",
                    message:
                        "the pages of \(operation) take more than \(size >> 20) MiB: ask for fewer elements by the "
                        + "input or --max-items, or page by page")
            }
        }
        return merge.whole(after: walk)
    }

    /// What a JMESPath expression finds in each page, one after the other; of a list its elements.
    ///
    /// - Throws: `JMESPathError` when `expression` is none; what fetching the pages throws.
    public func collect(_ expression: String) async throws -> [AWSValue] {
        let path = try JMESPath(expression)
        var found: [AWSValue] = []
        for try await page in self {
            switch try path.search(page) {
            case .list(let elements): found += elements
            case let value: found.append(value)
            }
        }
        return found
    }

    /// What a JMESPath expression finds in each page, one after the other, as values of a Swift type.
    ///
    /// - Throws: `DecodingError` when something found is not of that type; what the form with `AWSValue` throws.
    public func collect<Value: Decodable>(_ expression: String) async throws -> [Value] {
        try await collect(expression).map { try $0.decode(Value.self) }
    }
}

extension AWSClient {
    /// The pages of a listing.
    ///
    /// - Parameters:
    ///   - operation: a listing, in any spelling: `ListUsers`, `listUsers`, `list_users`, `list-users`.
    ///   - input: the operation's members.
    ///   - pageSize: how many elements the service is to put into a page; nil for its own number.
    ///   - limit: how many elements to give in all; nil for all.
    ///   - startingToken: where an earlier listing ended: its `NextToken` or `resumeToken`, also one of boto3 or the AWS CLI.
    public func paginate(
        _ operation: String, _ input: AWSMembers = AWSMembers(), pageSize: Int? = nil, limit: Int? = nil,
        startingToken: String? = nil
    ) -> AWSPages {
        paginate(operation, input, PageOptions(pageSize: pageSize, limit: limit, startingToken: startingToken))
    }

    /// The pages of a listing.
    package func paginate(_ operation: String, _ input: AWSMembers, _ options: PageOptions) -> AWSPages {
        AWSPages(client: self, operation: operation, input: input, options: options)
    }

    /// The way through the pages of a listing.
    fileprivate func walk(_ spelling: String, _ input: AWSMembers, _ options: PageOptions) throws -> PageWalk {
        let operation = try operation(spelling)
        guard let paginator = paginator(operation) else {
            throw AWSError(
                .invalidInput, code: "OperationNotPageable", message: "Operation cannot be paginated: \(operation.name)"
            )
        }
        return try PageWalk(paginator, of: operation, input, options)
    }
}

extension AWSValue {
    /// How many bytes the value takes in memory, about.
    fileprivate var size: Int {
        switch self {
        case .null, .bool, .integer, .double, .timestamp: 16
        case .string(let text): 16 + (text.utf8.count > 15 ? text.utf8.count : 0)
        case .blob(let bytes): 16 + bytes.count
        case .list(let elements): elements.reduce(48) { $0 + $1.size }
        case .structure(let members): members.reduce(48) { $0 + 16 + $1.value.size }
        }
    }
}
