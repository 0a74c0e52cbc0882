// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

@testable import CoveCoordinator

extension PackedArtefact {
    /// An archive of a program, and of a file of so many bytes that is like no other's.
    static func sample(_ number: Int = 1, bytes: Int = 1_000) throws -> PackedArtefact {
        var writer = ArchiveWriter()
        let content = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
        try writer.add(ArchiveEntry(path: "data", size: bytes), content)
        let program = Array("#!/bin/sh\necho '[\(number)]'\n".utf8)
        try writer.add(ArchiveEntry(path: "run", size: program.count, isExecutable: true), program)
        return PackedArtefact(bytes: writer.finish())
    }

    /// The parts in which it is uploaded.
    func parts(of size: Int = ArtefactLimits.part) -> [(offset: Int, bytes: [UInt8])] {
        stride(from: 0, to: bytes.count, by: size).map { ($0, Array(bytes[$0..<min(bytes.count, $0 + size)])) }
    }
}

extension RunSpecification {
    /// A run of the program of an artefact.
    static func sample(_ artefact: ArtefactReference?) -> RunSpecification {
        var specification = sample(regions: ["eu-west-1"])
        specification.function = .exec(ProgramSpecification(program: "run", artefact: artefact))
        return specification
    }
}

extension TaskStore {
    /// Brings an artefact into the store, whole.
    func take(_ artefact: PackedArtefact, now: Timestamp = .start) async throws {
        _ = try await self.artefact(artefact.reference, now: now)
        for part in artefact.parts() {
            _ = try await add(part.bytes, at: part.offset, to: artefact.reference, now: now)
        }
        try await completeArtefact(artefact.reference)
    }

    /// All bytes of an artefact that are there.
    func bytes(of artefact: ArtefactReference, isInUse: Bool = false) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let part = try await part(of: artefact, at: bytes.count, isInUse: isInUse) { bytes += part }
        return bytes
    }
}
