// SPDX-License-Identifier: Apache-2.0

/// One end of a link between a worker and the coordinator.
package protocol Link<Outgoing, Incoming>: Sendable {
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

/// The worker's end of a link.
package typealias WorkerLink = Link<WorkerMessage, CoordinatorMessage>
/// The coordinator's end of a worker's link.
package typealias CoordinatorLink = Link<CoordinatorMessage, WorkerMessage>
/// The client's end of a link.
package typealias ClientLink = Link<ClientMessage, ReplyMessage>
/// The coordinator's end of a client's link.
package typealias ServiceLink = Link<ReplyMessage, ClientMessage>

/// Makes links to one coordinator, one after the other.
package protocol LinkSource<Outgoing, Incoming>: Sendable {
    associatedtype Outgoing: Sendable
    associatedtype Incoming: Sendable

    /// Connects, introduces itself, and calls `body` with the link, which is closed when `body` returns.
    ///
    /// - Throws: `LinkError` when no link could be made; what `body` throws.
    func withLink<Result: Sendable>(
        _ body: (any Link<Outgoing, Incoming>) async throws -> Result
    ) async throws -> Result
}
