// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import CoveWire
import Logging

/// Files that travel with runs, as clients bring them.
extension CoordinatorService {
    package func stored(of artefact: ArtefactReference) async throws -> Int {
        try await bringing(artefact) { try await $0.artefact(artefact, now: clock.wall()) }
    }

    package func add(_ part: [UInt8], at offset: Int, to artefact: ArtefactReference) async throws -> Int {
        try await bringing(artefact) { try await $0.add(part, at: offset, to: artefact, now: clock.wall()) }
    }

    /// Does something for an artefact; one whose last byte has come is verified before anybody hears of it.
    private func bringing(
        _ artefact: ArtefactReference, _ body: (any TaskStore) async throws -> StoredArtefact
    ) async throws(RequestFailure) -> Int {
        do {
            let problems = artefact.problems
            guard problems.isEmpty else { throw InvalidRequest(problems) }
            let found = try await body(store)
            guard !found.isWhole, found.stored == artefact.size else { return found.stored }
            return try await verify(artefact) ? artefact.size : 0
        } catch let error as StoreError where error.code == .full {
            // A part that did not fit is not there; the others only take room that somebody else needs now.
            try? await store.discardArtefact(artefact)
            throw RequestFailure(error)
        } catch {
            throw RequestFailure(error)
        }
    }

    /// Reads an artefact back and holds it against its digest and the form of an archive; one that is neither is removed.
    ///
    /// - Returns: false when somebody else removed it meanwhile.
    /// - Throws: `InvalidRequest` for what is no artefact.
    private func verify(_ artefact: ArtefactReference) async throws -> Bool {
        var digest = ArtefactDigest()
        var archive = ArchiveReader()
        var offset = 0
        do {
            while offset < artefact.size {
                guard let part = try await store.part(of: artefact, at: offset, isInUse: false) else { return false }
                digest.update(part)
                try archive.read(part[...]) { _ in }
                offset += part.count
            }
            try archive.finish()
            guard digest.reference == artefact else {
                throw ArchiveError("its bytes have the digest \(digest.reference.digest)")
            }
        } catch let error as ArchiveError {
            logger.info("an artefact was refused", metadata: [LogKeys.artefact: "\(artefact.digest)"])
            try await store.discardArtefact(artefact)
            throw InvalidRequest("the artefact \(artefact.digest) is refused: \(error.message)")
        }
        try await store.completeArtefact(artefact)
        return true
    }
}
