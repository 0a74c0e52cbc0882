// SPDX-License-Identifier: Apache-2.0

import CoveWire

/// A source of links that tells when the coordinator has welcomed the worker on one.
struct AnnouncingLinks<Source: LinkSource<WorkerMessage, CoordinatorMessage>>: LinkSource {
    let source: Source
    /// Called once on each link.
    let announce: @Sendable (Welcome) -> Void

    func withLink<Result: Sendable>(
        _ body: (any WorkerLink) async throws -> Result
    ) async throws -> Result {
        try await source.withLink { link in
            try await body(AnnouncingLink(link: link, announce: announce))
        }
    }
}

/// A link that tells when the coordinator has welcomed the worker.
private struct AnnouncingLink: WorkerLink {
    let link: any WorkerLink
    let announce: @Sendable (Welcome) -> Void

    func send(_ message: WorkerMessage) async -> Bool { await link.send(message) }

    func receive() async -> CoordinatorMessage? {
        let message = await link.receive()
        if case .welcome(let welcome)? = message { announce(welcome) }
        return message
    }

    func close() { link.close() }
}
