// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire

extension ArtefactCache {
    /// Puts files there that this process has packed itself, so that they need not be fetched.
    ///
    /// - Throws: `Failure` with the type `ArtefactUnavailable` when there is no room or the folder cannot be written.
    package func put(_ artefact: PackedArtefact) throws {
        let reference = artefact.reference
        try store.open()
        if store.find(reference) != nil { return }
        try store.makeRoom(for: reference.size)
        let download = try ArtefactDownload(reference, in: store)
        _ = try download.append(artefact.bytes)
        _ = try store.take(try download.unpack(), as: reference)
    }
}
