// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How many bytes may be on their way to one peer: who sends waits here while the peer does not read.
///
/// Two lines wait: short messages, and the chunks of long ones. A chunk lets the short messages go first that wait with it, but not
/// for ever. A frame goes when less than the window is on its way, so that at most one frame is held beyond it.
final class SendWindow: Sendable {
    /// What a frame belongs to.
    enum Line: Sendable {
        /// A message in one frame.
        case short
        /// A chunk of a message.
        case chunk
    }

    private struct Waiter {
        let id: Int
        let bytes: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var isClosed = false
        var onTheWay = 0
        var nextID = 0
        var short: [Waiter] = []
        var chunks: [Waiter] = []
        /// The bytes of short messages that went while a chunk waited.
        var overtaken = 0

        /// Lets so many bytes go at once, where that takes nobody's turn.
        mutating func enters(_ bytes: Int, window: Int) -> Bool {
            guard !isClosed, onTheWay < window, short.isEmpty, chunks.isEmpty else { return false }
            onTheWay += bytes
            return true
        }

        /// Takes those out who may go now.
        mutating func admit(window: Int) -> [Waiter] {
            var admitted: [Waiter] = []
            while onTheWay < window {
                let isChunksTurn = !chunks.isEmpty && (short.isEmpty || overtaken >= SendWindow.patience)
                guard isChunksTurn || !short.isEmpty else { break }
                let waiter = isChunksTurn ? chunks.removeFirst() : short.removeFirst()
                overtaken = isChunksTurn || chunks.isEmpty ? 0 : overtaken + waiter.bytes
                onTheWay += waiter.bytes
                admitted.append(waiter)
            }
            return admitted
        }
    }

    /// How many bytes of short messages a waiting chunk lets pass.
    private static let patience = 256 << 10

    private let window: Int
    private let state = Mutex(State())

    init(_ window: Int) { self.window = window }

    /// Whether `close` was called.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Lets so many bytes go if nobody has to wait for it; whether they may go.
    func enter(_ bytes: Int) -> Bool { state.withLock { $0.enters(bytes, window: window) } }

    /// Waits until so many bytes may go; false when the window is closed, or the caller is cancelled while it waits.
    func enter(_ bytes: Int, _ line: Line) async -> Bool {
        let entered: (id: Int, mayGo: Bool?) = state.withLock { state in
            state.nextID += 1
            if state.isClosed { return (state.nextID, false) }
            return (state.nextID, state.enters(bytes, window: window) ? true : nil)
        }
        if let mayGo = entered.mayGo { return mayGo }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(id: entered.id, bytes: bytes, continuation: continuation)
                let (refused, admitted): (Bool, [Waiter]) = state.withLock { state in
                    if state.isClosed || Task.isCancelled { return (true, []) }
                    switch line {
                    case .short: state.short.append(waiter)
                    case .chunk: state.chunks.append(waiter)
                    }
                    return (false, state.admit(window: window))
                }
                if refused { continuation.resume(returning: false) }
                for waiter in admitted { waiter.continuation.resume(returning: true) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                if let index = state.short.firstIndex(where: { $0.id == entered.id }) {
                    return state.short.remove(at: index)
                }
                return state.chunks.firstIndex { $0.id == entered.id }.map { state.chunks.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
    }

    /// So many bytes are no longer on their way.
    func leave(_ bytes: Int) {
        let admitted = state.withLock { state in
            state.onTheWay -= bytes
            return state.isClosed ? [] : state.admit(window: window)
        }
        for waiter in admitted { waiter.continuation.resume(returning: true) }
    }

    /// Nothing enters any more; whether it was open.
    @discardableResult
    func close() -> Bool {
        let (wasOpen, waiters) = state.withLock { state in
            defer {
                state.isClosed = true
                state.short = []
                state.chunks = []
            }
            return (!state.isClosed, state.short + state.chunks)
        }
        for waiter in waiters { waiter.continuation.resume(returning: false) }
        return wasOpen
    }
}
