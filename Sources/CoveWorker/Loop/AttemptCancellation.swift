// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Ends one attempt: whoever waits for it is let go once it was cancelled.
package final class AttemptCancellation: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Void, Never>)
        case cancelled
    }

    private let state = Mutex(State.open)

    package init() {}

    /// Whether the attempt was cancelled.
    package var isCancelled: Bool {
        state.withLock { if case .cancelled = $0 { true } else { false } }
    }

    /// Cancels the attempt; a second time changes nothing.
    package func cancel() { release(to: .cancelled) }

    /// Waits until the attempt is cancelled, or the waiting task is.
    ///
    /// One task waits.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let waits = state.withLock { state in
                    guard case .open = state, !Task.isCancelled else { return false }
                    state = .waiting(continuation)
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            release(to: .open)
        }
    }

    private func release(to next: State) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state {
            case .cancelled: return nil
            case .open:
                state = next
                return nil
            case .waiting(let continuation):
                state = next
                return continuation
            }
        }
        waiter?.resume()
    }
}
