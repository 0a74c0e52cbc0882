// SPDX-License-Identifier: Apache-2.0

/// A link within one process: the messages of the wire, as values.
package struct LoopbackLink<Outgoing: Sendable, Incoming: Sendable>: Link {
    private let outgoing: MessageChannel<Outgoing>
    private let incoming: MessageChannel<Incoming>

    @discardableResult
    package func send(_ message: Outgoing) async -> Bool { await outgoing.send(message) }
    package func receive() async -> Incoming? { await incoming.receive() }
    package func close() {
        outgoing.close()
        incoming.close()
    }
}

extension LoopbackLink where Outgoing == WorkerMessage, Incoming == CoordinatorMessage {
    /// Both ends of a new link.
    ///
    /// Each direction holds at most `capacity` messages.
    package static func pair(
        capacity: Int = 64
    ) -> (
        worker: LoopbackLink<WorkerMessage, CoordinatorMessage>,
        coordinator: LoopbackLink<CoordinatorMessage, WorkerMessage>
    ) {
        let up = MessageChannel<WorkerMessage>(capacity: capacity)
        let down = MessageChannel<CoordinatorMessage>(capacity: capacity)
        return (.init(outgoing: up, incoming: down), .init(outgoing: down, incoming: up))
    }
}
