// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// An archive that travels with a run.
package struct PackedArtefact: Sendable, Hashable {
    /// What refers to it.
    package let reference: ArtefactReference
    /// Its bytes.
    package let bytes: [UInt8]

    /// The artefact that has these bytes.
    package init(bytes: [UInt8]) {
        var digest = ArtefactDigest()
        digest.update(bytes)
        reference = digest.reference
        self.bytes = bytes
    }
}

extension RunService {
    /// How often a part may bring nothing on: others upload the same, or what was there before is begun anew.
    private static var patience: Int { 8 }

    /// How much of an artefact is there, asked with words for who does not know the question.
    private func known(_ artefact: ArtefactReference) async throws -> Int {
        do {
            return try await stored(of: artefact)
        } catch let failure as RequestFailure where failure.isOfUnknown(.artefact) {
            throw RequestFailure(
                .invalidRequest,
                [
                    "the coordinator does not take files that travel with a run: upgrade it, or let the workers have the files "
                        + "beforehand"
                ] + failure.problems)
        }
    }

    /// Brings an artefact to where the runs are, as far as it is not there.
    ///
    /// - Parameter progress: told how many of the bytes are there, after each part.
    /// - Throws: `RequestFailure`; what asking throws.
    package func upload(
        _ artefact: PackedArtefact, progress: (Int) -> Void = { _ in }
    ) async throws {
        let size = artefact.reference.size
        var patience = Self.patience
        var stored = try await known(artefact.reference)
        while stored < size {
            let part = Array(artefact.bytes[stored..<min(size, stored + ArtefactLimits.part)])
            let now = try await add(part, at: stored, to: artefact.reference)
            if now <= stored { patience -= 1 }
            guard patience > 0, (0...size).contains(now) else {
                throw RequestFailure(
                    .unavailable,
                    [
                        "the files of the run cannot be stored: \(now) of \(size) bytes are there, however often they are sent"
                    ])
            }
            stored = now
            progress(stored)
        }
    }
}
