// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import Synchronization

/// The connections that a listener has taken, and how many it may have.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// Those of them that are in their handshake, the oldest first.
        var strangers: [ObjectIdentifier] = []
    }

    /// What is to become of a new connection.
    enum Reception {
        /// It may introduce itself.
        case welcome
        /// So may it, and another one is to be closed, which had longer and more time for it.
        case replacing(any Channel)
        /// There are as many connections as there may be.
        case full
    }

    private let limit: Int
    private let strangers: Int
    private let state = Mutex(State())

    /// At most so many connections, and so many of them in their handshake.
    init(limit: Int, strangers: Int) {
        self.limit = limit
        self.strangers = strangers
    }

    /// Knows a new connection until it is closed.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { $0.channels[id] = channel }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
    }

    /// Whether there is room for a connection's handshake.
    ///
    /// When there are too many of them the oldest has to go: who means to introduce himself needs a moment, who only takes the room
    /// needs all the time that there is.
    func receive(_ channel: any Channel) -> Reception {
        let id = ObjectIdentifier(channel)
        return state.withLock { state in
            guard state.channels[id] != nil, state.channels.count <= limit else { return .full }
            state.strangers.append(id)
            guard state.strangers.count > strangers, let oldest = state.channels[state.strangers.removeFirst()] else {
                return .welcome
            }
            return .replacing(oldest)
        }
    }

    /// A connection was let in.
    func admit(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { state in state.strangers.removeAll { $0 == id } }
    }

    /// Closes those that are still open.
    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    private func remove(_ id: ObjectIdentifier) {
        state.withLock { state in
            state.channels[id] = nil
            state.strangers.removeAll { $0 == id }
        }
    }
}
