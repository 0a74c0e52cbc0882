// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import Synchronization

/// The connections that a listener has taken, and how many it may have.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// Those of them that have not been let in.
        var strangers: Set<ObjectIdentifier> = []
    }

    private let limit: Int
    private let strangers: Int
    private let state = Mutex(State())

    /// At most so many connections, and so many of them in their handshake.
    init(limit: Int, strangers: Int) {
        self.limit = limit
        self.strangers = strangers
    }

    /// Counts a new connection until it is closed; whether there is room for it.
    func add(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let hasRoom = state.withLock { state in
            let hasRoom = state.channels.count < limit && state.strangers.count < strangers
            state.channels[id] = channel
            state.strangers.insert(id)
            return hasRoom
        }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        return hasRoom
    }

    /// A connection was let in.
    func admit(_ channel: any Channel) {
        _ = state.withLock { $0.strangers.remove(ObjectIdentifier(channel)) }
    }

    /// Closes those that are still open.
    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    private func remove(_ id: ObjectIdentifier) {
        state.withLock { state in
            state.channels[id] = nil
            state.strangers.remove(id)
        }
    }
}
