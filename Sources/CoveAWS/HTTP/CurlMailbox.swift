// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What callers hand to the driver's thread.
///
/// The thread is woken only when the mailbox was empty: of a burst of requests the first one pays for the wake-up, and the
/// thread takes all of them at once.
final class CurlMailbox: Sendable {
    /// What the driver takes out in one go.
    struct Content {
        /// Transfers to begin, in the order in which they came.
        var transfers: [CurlTransfer] = []
        /// Whether some transfer was cancelled.
        var hasCancellations = false
        /// Whether the driver is to stop.
        var isClosing = false

        var isEmpty: Bool { transfers.isEmpty && !hasCancellations && !isClosing }
    }

    /// Why a transfer is not taken.
    enum Refusal: Error { case closed, full }

    private struct State {
        var content = Content()
        var isClosed = false
        /// Transfers that were taken in and have not ended.
        var open = 0
    }

    private let state = Mutex(State())
    private let poller: SocketPoller
    private let limit: Int

    /// Makes a mailbox that wakes the given poller and has at most `limit` open transfers.
    init(waking poller: SocketPoller, limit: Int) {
        self.poller = poller
        self.limit = limit
    }

    /// Takes in a transfer.
    func add(_ transfer: CurlTransfer) throws(Refusal) {
        let outcome = state.withLock { state -> Result<Bool, Refusal> in
            if state.isClosed { return .failure(.closed) }
            if state.open >= limit { return .failure(.full) }
            let wasEmpty = state.content.isEmpty
            state.open += 1
            state.content.transfers.append(transfer)
            return .success(wasEmpty)
        }
        if try outcome.get() { poller.wake() }
    }

    /// Tells the driver to look for cancelled transfers.
    func noteCancellation() {
        let wasEmpty = state.withLock { state in
            defer { state.content.hasCancellations = true }
            return state.content.isEmpty
        }
        if wasEmpty { poller.wake() }
    }

    /// Refuses all further transfers and tells the driver to stop; returns false when that was done before.
    func close() -> Bool {
        let (isFirst, wasEmpty) = state.withLock { state in
            defer {
                state.isClosed = true
                state.content.isClosing = true
            }
            return (!state.isClosed, state.content.isEmpty)
        }
        if wasEmpty { poller.wake() }
        return isFirst
    }

    /// Takes everything out, for the driver, which says how many transfers have ended since it last did so.
    func take(ended: Int) -> Content {
        state.withLock { state in
            state.open -= ended
            guard !state.content.isEmpty else { return Content() }
            defer { state.content = Content() }
            return state.content
        }
    }
}
