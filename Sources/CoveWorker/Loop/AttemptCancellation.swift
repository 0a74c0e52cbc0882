// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Ends one attempt: whoever waits for it is let go once it was cancelled.
///
/// An attempt whose lease is over is cancelled too, and more than that: another worker may be at its task, so nothing may be done for it
/// any more, not even to clean up.
package final class AttemptCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var isLeaseOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let look: @Sendable () -> Void

    /// A cancellation that was not asked for yet.
    ///
    /// - Parameter look: called before it is said whether the attempt may go on, and cancels it when the time of its lease has passed
    ///   meanwhile: after the process was stopped nothing else may have noticed yet.
    package init(look: @escaping @Sendable () -> Void = {}) { self.look = look }

    /// Whether the attempt is to end.
    package var isCancelled: Bool {
        look()
        return state.withLock { $0.isCancelled }
    }

    /// Whether nothing may be done for the attempt any more.
    package var isLeaseOver: Bool {
        look()
        return state.withLock { $0.isLeaseOver }
    }

    /// Cancels the attempt; a second time changes nothing, unless its lease is over now.
    package func cancel(isLeaseOver: Bool = false) {
        let waiter = state.withLock { state in
            state.isCancelled = true
            if isLeaseOver { state.isLeaseOver = true }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Waits until the attempt is cancelled, or the waiting task is.
    ///
    /// One task waits.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let waits = state.withLock { state in
                    guard !state.isCancelled, !Task.isCancelled else { return false }
                    state.waiter = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiter.take() }
            waiter?.resume()
        }
    }
}
