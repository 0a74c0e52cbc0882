// SPDX-License-Identifier: Apache-2.0

/// The pages of a listing, fetched one after the other as they are asked for.
///
/// A page may be empty and have another behind it. A service that gives a token a second time would be asked for ever:
/// that ends the sequence with an `AWSError` (unreadable, `RepeatedNextToken`).
public struct PageSequence<Page: Sendable>: AsyncSequence, Sendable {
    /// What the sequence yields.
    public typealias Element = Page

    private let operation: String
    private let fetch: @Sendable (String?) async throws -> (page: Page, nextToken: String?)

    /// Makes a sequence of a function that fetches the page of a token, the first page for nil.
    package init(
        _ operation: String, fetch: @escaping @Sendable (String?) async throws -> (page: Page, nextToken: String?)
    ) {
        self.operation = operation
        self.fetch = fetch
    }

    /// Begins with the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(operation: operation, fetch: fetch) }

    /// Fetches the pages in order.
    public struct Iterator: AsyncIteratorProtocol {
        private enum State {
            case first
            case next(String)
            case ended
        }

        private let operation: String
        private let fetch: @Sendable (String?) async throws -> (page: Page, nextToken: String?)
        private var state = State.first
        private var seen: Set<String> = []

        fileprivate init(
            operation: String, fetch: @escaping @Sendable (String?) async throws -> (page: Page, nextToken: String?)
        ) {
            self.operation = operation
            self.fetch = fetch
        }

        /// The next page, nil after the last.
        ///
        /// After an error the sequence has ended.
        public mutating func next() async throws -> Page? {
            let token: String?
            switch state {
            case .first: token = nil
            case .next(let known): token = known
            case .ended: return nil
            }
            state = .ended
            let (page, next) = try await fetch(token)
            guard let next, !next.isEmpty else { return page }
            guard seen.insert(next).inserted else {
                throw AWSError(
                    .unreadable, code: "RepeatedNextToken",
                    message: "the service gave the same NextToken twice, so the listing has no end",
                    operation: operation)
            }
            state = .next(next)
            return page
        }
    }
}
