// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import CoveWire

/// Links of a client to a coordinator that a test plays.
final class ScriptedLinks: LinkSource {
    /// What comes of an attempt to connect.
    enum Attempt: Sendable {
        case fails(LinkError)
        /// There is a link that is closed before anything is sent.
        case ends
        /// There is a link; it ends when the coordinator's part returns.
        case works(@Sendable (any ServiceLink) async -> Void)
    }

    private struct End<Outgoing: Sendable, Incoming: Sendable>: Link {
        let outgoing: MessageChannel<Outgoing>
        let incoming: MessageChannel<Incoming>

        func send(_ message: Outgoing) async -> Bool { await outgoing.send(message) }
        func receive() async -> Incoming? { await incoming.receive() }
        func close() {
            outgoing.close()
            incoming.close()
        }
    }

    /// How often it was tried to connect.
    let attempts = Watched(0)
    private let script: @Sendable (Int) -> Attempt

    /// Links by a script, which is asked with the number of the attempt, from 1.
    init(_ script: @escaping @Sendable (Int) -> Attempt) { self.script = script }

    func withLink<Result: Sendable>(
        _ body: (any Link<ClientMessage, ReplyMessage>) async throws -> Result
    ) async throws -> Result {
        let number = attempts.update { attempts in
            attempts += 1
            return attempts
        }
        switch script(number) {
        case .fails(let error): throw error
        case .ends:
            let closed = End(
                outgoing: MessageChannel<ClientMessage>(capacity: 1),
                incoming: MessageChannel<ReplyMessage>(capacity: 1))
            closed.close()
            return try await body(closed)
        case .works(let coordinator):
            let up = MessageChannel<ClientMessage>(capacity: 4)
            let down = MessageChannel<ReplyMessage>(capacity: 4)
            let own = End(outgoing: up, incoming: down)
            let other = End(outgoing: down, incoming: up)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await coordinator(other)
                    other.close()
                }
                defer { own.close() }
                return try await body(own)
            }
        }
    }
}
