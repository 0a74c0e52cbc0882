// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A request on its way, and the caller who waits for its end.
///
/// The driver ends every transfer it was given exactly once; cancellation only leaves a mark, which the driver finds.
final class CurlTransfer: Sendable {
    let request: HTTPRequest
    private let cancelled = Atomic(false)
    private let caller = Mutex<CheckedContinuation<HTTPResponse, any Error>?>(nil)

    init(_ request: HTTPRequest) { self.request = request }

    /// Whether the caller no longer wants the answer.
    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Marks the transfer as no longer wanted.
    func cancel() { cancelled.store(true, ordering: .releasing) }

    /// Names the caller, before the transfer is handed to the driver.
    func wait(_ continuation: CheckedContinuation<HTTPResponse, any Error>) {
        caller.withLock { $0 = continuation }
    }

    /// Answers the caller.
    ///
    /// A second call does nothing.
    func end(_ result: Result<HTTPResponse, any Error>) {
        let waiting = caller.withLock { caller in
            let waiting = caller
            caller = nil
            return waiting
        }
        waiting?.resume(with: result)
    }
}
