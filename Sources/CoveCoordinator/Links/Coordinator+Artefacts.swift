// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// What workers fetch: the files that travel with runs.
extension Coordinator {
    /// Reads the parts of artefacts that a worker asks for, one at a time.
    func readArtefacts(for id: LinkID, _ wakeups: AsyncStream<Void>) async throws {
        for await _ in wakeups {
            guard let request = change({ $0.links[id]?.fetch }) else { continue }
            let content = try await content(of: request)
            change {
                $0.give(ArtefactPart(artefact: request.artefact, offset: request.offset, content: content), to: id)
            }
        }
    }

    /// Only what a run of this store needs is given away.
    private func content(of request: ArtefactRequest) async throws -> ArtefactPart.Content {
        guard request.artefact.problems.isEmpty else { return .problem("that is no reference to an artefact") }
        if let bytes = try await store.part(of: request.artefact, at: request.offset, isInUse: true) {
            return .bytes(bytes)
        }
        logger.debug("an artefact is not there", metadata: [LogKeys.artefact: "\(request.artefact.digest)"])
        return .problem("no run of the coordinator's needs it, or it has no byte \(request.offset)")
    }
}
