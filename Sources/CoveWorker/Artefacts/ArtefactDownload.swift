// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Synchronization

/// An archive on its way to this worker, in a folder of its own, which goes with this object.
final class ArtefactDownload: Sendable {
    let reference: ArtefactReference
    private let workshop: String
    private let lock: FolderLock

    private struct State: ~Copyable {
        let file: ContentFile
        var digest = ArtefactDigest()
        var count = 0
    }

    private let state: Mutex<State>

    /// A download of which nothing has come.
    init(_ reference: ArtefactReference, in store: ArtefactStore) throws {
        self.reference = reference
        (workshop, lock) = try store.makeWorkshop()
        do {
            state = Mutex(State(file: try ContentFile(making: workshop + "/archive", mode: 0o600)))
        } catch {
            ArtefactStore.delete(workshop)
            throw Failure.noArtefact("\(error)", isRetryable: true)
        }
    }

    deinit { withExtendedLifetime(lock) { ArtefactStore.delete(workshop) } }

    /// How many bytes have come.
    var count: Int { state.withLock { $0.count } }

    /// Takes the next bytes; true when the archive is complete and what it should be.
    ///
    /// - Throws: `Failure`
    func append(_ bytes: [UInt8]) throws(Failure) -> Bool {
        let size = reference.size
        let result: Result<ArtefactReference?, Failure> = state.withLock { state in
            guard !bytes.isEmpty, bytes.count <= size - state.count else {
                return .failure(Failure.noArtefact("the coordinator sent more than the \(size) bytes that it has"))
            }
            do throws(FileFailure) { try state.file.append(bytes) } catch {
                return .failure(Failure.noArtefact("\(error)", isRetryable: true))
            }
            state.digest.update(bytes)
            state.count += bytes.count
            return .success(state.count == size ? state.digest.reference : nil)
        }
        guard let found = try result.get() else { return false }
        guard found == reference else {
            throw Failure.noArtefact("what came has the digest \(found.digest), expected \(reference.digest)")
        }
        return true
    }

    /// Unpacks the complete archive.
    func unpack() throws -> UnpackedFiles {
        do {
            return try UnpackedFiles.unpack(workshop + "/archive", into: workshop + "/files")
        } catch {
            throw Failure.noArtefact("\(error)", isRetryable: error is FileFailure)
        }
    }
}
