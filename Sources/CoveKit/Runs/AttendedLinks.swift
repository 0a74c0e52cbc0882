// SPDX-License-Identifier: Apache-2.0

import CoveWire
import Logging

/// Links to a coordinator that tell when one is made, and when it is lost.
struct AttendedLinks: LinkSource {
    /// What became of a link.
    enum Event: Sendable {
        case made
        /// It ended, and not because it was no longer needed.
        case lost
    }

    let source: any LinkSource<ClientMessage, ReplyMessage>
    let tell: @Sendable (Event) -> Void

    func withLink<Result: Sendable>(
        _ body: (any ClientLink) async throws -> Result
    ) async throws -> Result {
        try await source.withLink { link in
            tell(.made)
            defer { if !Task.isCancelled { tell(.lost) } }
            return try await body(link)
        }
    }
}

extension CoordinatorClient {
    /// Asks a coordinator, and calls `body` with what asks.
    ///
    /// A coordinator that cannot be reached at first is an error; one that is lost later is waited for.
    ///
    /// - Parameter tell: hears what becomes of the links.
    /// - Throws: what `body` throws. Requests throw `LinkError` and `RequestFailure`.
    static func with<Result: Sendable>(
        _ connector: WireConnector, clock: LinkClock = .system, logger: Logger,
        tell: @escaping @Sendable (AttendedLinks.Event) -> Void,
        _ body: (CoordinatorClient) async throws -> Result
    ) async throws -> Result {
        let client = CoordinatorClient(
            links: AttendedLinks(source: connector.clientLinks, tell: tell), patience: .zero, clock: clock,
            logger: logger
        ) { Int64.random(in: $0) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            return try await body(client)
        }
    }
}
