// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveWire
import Logging

/// The socket in a local run's folder by which this user's other processes ask the one that performs the run.
struct ControlSocket: Sendable {
    /// The run's folder.
    let folder: String
    let logger: Logger

    /// Where it is.
    var place: WirePlace { .unix(path: folder + "/control") }

    /// How it is asked.
    var connector: WireConnector {
        WireConnector(place: place, program: CoveVersion.current, logger: logger)
    }

    /// Answers until cancelled; a run whose socket cannot be made goes on without.
    ///
    /// - Throws: what the service throws for good: `StoreError`.
    func serve(_ service: CoordinatorService) async throws {
        let listener: WireListener
        do {
            listener = try await WireListener.bind(
                place, ListenerConfiguration(tokens: AccessTokens(), program: CoveVersion.current), logger: logger)
        } catch {
            logger.debug("no control socket", metadata: ["error": "\(error)"])
            return
        }
        try await listener.run(
            worker: { link, _ in link.close() },
            client: { link, peer in try await service.serve(client: link, rights: peer.rights) })
    }
}
