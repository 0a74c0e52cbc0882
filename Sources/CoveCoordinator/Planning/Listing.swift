// SPDX-License-Identifier: Apache-2.0

import CoveAWS

/// The pages of a listing, one after the other.
///
/// Organizations may answer an empty page that has a successor, so only a missing token is the end. A token that comes twice
/// would never end: it is an error.
struct Listing<Element: Sendable>: AsyncSequence {
    let fetch: (String?) async throws -> DirectoryPage<Element>

    struct AsyncIterator: AsyncIteratorProtocol {
        let fetch: (String?) async throws -> DirectoryPage<Element>
        private var token: String?
        private var seen: Set<String> = []
        private var isAtEnd = false

        init(fetch: @escaping (String?) async throws -> DirectoryPage<Element>) { self.fetch = fetch }

        mutating func next() async throws -> [Element]? {
            if isAtEnd { return nil }
            let page = try await fetch(token)
            if let next = page.next, !seen.insert(next).inserted {
                throw AWSError(
                    .unreadable, code: "RepeatedToken",
                    message: "the service answered the same NextToken twice; the listing would never end")
            }
            token = page.next
            isAtEnd = page.next == nil
            return page.elements
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(fetch: fetch) }
}
