// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A bounded first-in-first-out queue between two tasks of one process.
///
/// A full channel makes its sender wait, so a slow reader slows its writer and memory stays bounded. Closing lets the reader take what
/// is there and then ends it; what a waiting sender holds is dropped, as bytes in a closed socket's buffer are.
package final class MessageChannel<Element: Sendable>: Sendable {
    private struct State {
        var buffer: [Element] = []
        var head = 0
        var isClosed = false
        var nextWaiter = 0
        var receiver: (id: Int, continuation: CheckedContinuation<Element?, Never>)?
        var senders: [(id: Int, element: Element, continuation: CheckedContinuation<Bool, Never>)] = []

        var count: Int { buffer.count - head }

        mutating func takeFirst() -> Element? {
            guard head < buffer.count else { return nil }
            let element = buffer[head]
            head += 1
            if head == buffer.count {
                buffer.removeAll(keepingCapacity: true)
                head = 0
            } else if head >= 64, head * 2 >= buffer.count {
                buffer.removeFirst(head)
                head = 0
            }
            return element
        }
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// A channel that holds at most `capacity` messages, at least one.
    package init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Hands a message over; waits while the channel is full.
    ///
    /// False when the channel is closed or the caller is cancelled.
    @discardableResult
    package func send(_ element: Element) async -> Bool {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                // Nobody is resumed under the lock: resuming takes the task's own lock, which its cancellation holds when it
                // comes here for this one.
                let (sent, receiver): (Bool?, CheckedContinuation<Element?, Never>?) = state.withLock { state in
                    if state.isClosed || Task.isCancelled { return (false, nil) }
                    if let receiver = state.receiver {
                        state.receiver = nil
                        return (true, receiver.continuation)
                    }
                    if state.count < capacity {
                        state.buffer.append(element)
                        return (true, nil)
                    }
                    state.senders.append((id, element, continuation))
                    return (nil, nil)
                }
                receiver?.resume(returning: element)
                if let sent { continuation.resume(returning: sent) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.senders.firstIndex { $0.id == id }.map { state.senders.remove(at: $0).continuation }
            }
            waiter?.resume(returning: false)
        }
    }

    /// The next message; waits while there is none.
    ///
    /// Nil when the channel is closed and empty, or the caller is cancelled.
    ///
    /// One task receives; a second one that tries at the same time ends the first one's wait with nil.
    package func receive() async -> Element? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Element?, Never>) in
                let (received, sender, displaced) = state.withLock {
                    state -> (Element??, CheckedContinuation<Bool, Never>?, CheckedContinuation<Element?, Never>?) in
                    if let element = state.takeFirst() {
                        guard !state.senders.isEmpty else { return (.some(element), nil, nil) }
                        let sender = state.senders.removeFirst()
                        state.buffer.append(sender.element)
                        return (.some(element), sender.continuation, nil)
                    }
                    if state.isClosed || Task.isCancelled { return (.some(nil), nil, nil) }
                    let displaced = state.receiver?.continuation
                    state.receiver = (id, continuation)
                    return (nil, nil, displaced)
                }
                sender?.resume(returning: true)
                displaced?.resume(returning: nil)
                if let received { continuation.resume(returning: received) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Element?, Never>? in
                guard let receiver = state.receiver, receiver.id == id else { return nil }
                state.receiver = nil
                return receiver.continuation
            }
            waiter?.resume(returning: nil)
        }
    }

    /// Ends the channel: no more messages go in.
    package func close() {
        let (receiver, senders) = state.withLock { state in
            state.isClosed = true
            defer {
                state.receiver = nil
                state.senders = []
            }
            return (state.receiver?.continuation, state.senders.map(\.continuation))
        }
        receiver?.resume(returning: nil)
        for sender in senders { sender.resume(returning: false) }
    }
}
