// SPDX-License-Identifier: Apache-2.0

/// What became of a target.
public enum CoveOutcome<Result: Sendable>: Sendable {
    /// The function returned.
    case succeeded(CoveResult<Result>)
    /// The function threw.
    case failed(CoveFailure)
    /// The role could not be assumed.
    case roleNotAssumed(CoveFailure)
    /// It never ran; these come last.
    case notRun(CoveNotRun)

    /// Where it was to run.
    public var target: CoveTarget {
        switch self {
        case .succeeded(let result): result.target
        case .failed(let failure), .roleNotAssumed(let failure): failure.target
        case .notRun(let target): target.target
        }
    }
}

/// The outcomes of a run as they settle; each loop over them is a run of its own.
public struct CoveOutcomes<Result: Sendable>: AsyncSequence, Sendable {
    /// An outcome.
    public typealias Element = CoveOutcome<Result>

    let perform: @Sendable (OutcomeFeed<Element>) async throws -> Void

    /// Begins the run.
    public func makeAsyncIterator() -> Iterator {
        let (pages, continuation) = AsyncThrowingStream<[Element], any Error>.makeStream()
        let feed = OutcomeFeed(continuation)
        // A loop has no scope that could hold a child task: the run is a task of its own, which ends when the loop is left.
        let run = Task {
            do {
                try await perform(feed)
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        return Iterator(pages: pages.makeAsyncIterator(), feed: feed, run: run)
    }

    /// Takes one outcome after the other.
    public struct Iterator: AsyncIteratorProtocol {
        var pages: AsyncThrowingStream<[Element], any Error>.Iterator
        let feed: OutcomeFeed<Element>
        let run: Task<Void, Never>
        private var page: ArraySlice<Element> = []

        init(
            pages: AsyncThrowingStream<[Element], any Error>.Iterator, feed: OutcomeFeed<Element>,
            run: Task<Void, Never>
        ) {
            self.pages = pages
            self.feed = feed
            self.run = run
        }

        /// The next outcome; nil when there are no more.
        ///
        /// - Throws: what stopped the run; `CancellationError` when the task was cancelled, once nothing of the run runs any more.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
            while page.isEmpty {
                feed.ask()
                guard let next = try await pages.next(isolation: actor) else {
                    // Without a loop nobody hears of it: the run is wound up before it is left.
                    await run.value
                    try Task.checkCancellation()
                    return nil
                }
                page = next[...]
            }
            return page.removeFirst()
        }
    }
}

/// Hands pages over to a loop: one when it asks for one, so that a slow loop keeps no more than that in memory.
final class OutcomeFeed<Element: Sendable>: Sendable {
    private let pages: AsyncThrowingStream<[Element], any Error>.Continuation
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation
    private let departures: AsyncStream<Void>
    private let departure: AsyncStream<Void>.Continuation

    init(_ pages: AsyncThrowingStream<[Element], any Error>.Continuation) {
        self.pages = pages
        let (wishes, wish) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (departures, departure) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.wishes, self.wish) = (wishes, wish)
        (self.departures, self.departure) = (departures, departure)
        pages.onTermination = { _ in
            wish.finish()
            departure.finish()
        }
    }

    /// The loop wants a page.
    func ask() { wish.yield() }

    /// Hands a page over once the loop wants one; false when it was left.
    func hand(_ page: [Element]) async -> Bool {
        guard await wishes.first(where: { true }) != nil else { return false }
        if case .terminated = pages.yield(page) { return false }
        return true
    }

    /// Waits until the loop was left, or the caller is cancelled.
    func left() async { for await _ in departures {} }
}
