// SPDX-License-Identifier: Apache-2.0

/// One end of a link between a worker and the coordinator.
package protocol Link: Sendable {
    /// What this end says.
    associatedtype Outgoing: Sendable
    /// What this end hears.
    associatedtype Incoming: Sendable

    /// Says something; waits while the other end does not read. False when the link is closed.
    @discardableResult
    func send(_ message: Outgoing) async -> Bool
    /// The next thing that the other end said; nil when the link is closed.
    func receive() async -> Incoming?
    /// Closes the link in both directions.
    func close()
}

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
