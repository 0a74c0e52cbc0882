// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What travels with runs: stored once, however many runs use it.
extension StoreConnection {
    /// How long an artefact waits for a run that uses it, in milliseconds: an hour.
    static let artefactPatience: Int64 = 3_600_000
    /// How many bytes artefacts have together at most: a GiB.
    static let artefactRoom: Int64 = 1 << 30

    private struct Row {
        let id: Int64
        let artefact: StoredArtefact
    }

    private func row(of reference: ArtefactReference) throws -> Row? {
        let find = statements.artefacts.find
        find.bind(reference.digest, at: 1)
        find.bind(reference.size, at: 2)
        return try find.firstRow {
            Row(
                id: $0.integer(0),
                artefact: StoredArtefact(stored: Int($0.integer(1)), isWhole: $0.integer(2) == 1))
        }
    }

    /// How far an artefact is; begins it where it is not there.
    func beginArtefact(_ reference: ArtefactReference, now: Timestamp) throws -> StoredArtefact {
        if let row = try row(of: reference) {
            statements.artefacts.touch.bind(row.id, at: 1)
            statements.artefacts.touch.bind(now.milliseconds, at: 2)
            try statements.artefacts.touch.run()
            return row.artefact
        }
        try giveUpUnusedArtefacts(now: now)
        while try removeUnusedArtefact() {}
        let size = try statements.artefacts.size.firstRow { $0.integer(0) } ?? 0
        guard Int64(reference.size) <= Self.artefactRoom - size else {
            throw StoreError(
                .conflict,
                "files of \(reference.size) bytes were to travel with a run, and \(path) has \(size) bytes of such files, of "
                    + "\(Self.artefactRoom) (1 GiB) at most: forget runs whose files are no longer needed")
        }
        let insert = statements.artefacts.insert
        insert.bind(reference.digest, at: 1)
        insert.bind(reference.size, at: 2)
        insert.bind(now.milliseconds, at: 3)
        try insert.run()
        return StoredArtefact(stored: 0)
    }

    /// Adds the next part of an artefact; another one changes nothing.
    func add(
        _ part: [UInt8], at offset: Int, to reference: ArtefactReference, now: Timestamp
    ) throws -> StoredArtefact {
        guard let row = try row(of: reference) else {
            // It was given up, or did not verify when somebody else brought it.
            return try beginArtefact(reference, now: now)
        }
        let stored = row.artefact.stored
        guard !row.artefact.isWhole, offset == stored, part.count <= reference.size - stored, !part.isEmpty else {
            return row.artefact
        }
        let insert = statements.artefacts.insertPart
        insert.bind(row.id, at: 1)
        insert.bind(offset, at: 2)
        try insert.run(withBlob: part, at: 3)
        let grow = statements.artefacts.grow
        grow.bind(row.id, at: 1)
        grow.bind(part.count, at: 2)
        grow.bind(now.milliseconds, at: 3)
        try grow.run()
        return StoredArtefact(stored: stored + part.count)
    }

    /// The bytes of an artefact from an offset on to the end of the part that has them.
    func part(of reference: ArtefactReference, at offset: Int, isInUse: Bool) throws -> [UInt8]? {
        guard let row = try row(of: reference), row.artefact.isWhole || !isInUse else { return nil }
        let find = statements.artefacts.findPart
        find.bind(row.id, at: 1)
        find.bind(offset, at: 2)
        find.bind(Int64(isInUse ? 1 : 0), at: 3)
        guard let found = try find.firstRow({ ($0.integer(0), $0.array(1) ?? []) }) else { return nil }
        let bytes = found.1.dropFirst(offset - Int(found.0))
        return bytes.isEmpty ? nil : Array(bytes)
    }

    /// An artefact was verified.
    func complete(_ reference: ArtefactReference) throws {
        guard let row = try row(of: reference) else { return }
        statements.artefacts.complete.bind(row.id, at: 1)
        try statements.artefacts.complete.run()
    }

    /// Removes an artefact that is not whole.
    func discard(_ reference: ArtefactReference) throws {
        guard let row = try row(of: reference), !row.artefact.isWhole else { return }
        try remove(artefact: row.id)
    }

    // MARK: Runs

    /// Notes that a run uses an artefact.
    ///
    /// - Throws: `StoreError` when it is not whole.
    func use(_ reference: ArtefactReference, by run: Int64) throws {
        guard let row = try row(of: reference), row.artefact.isWhole else {
            throw Self.absence(of: reference)
        }
        statements.artefacts.use.bind(run, at: 1)
        statements.artefacts.use.bind(row.id, at: 2)
        try statements.artefacts.use.run()
    }

    /// Refuses a run whose artefact is not whole, before anything is written of it.
    func check(_ reference: ArtefactReference) throws {
        guard try row(of: reference)?.artefact.isWhole == true else { throw Self.absence(of: reference) }
    }

    private static func absence(of reference: ArtefactReference) -> StoreError {
        StoreError(
            .incomplete,
            "the files of the run (artefact \(reference.digest), \(reference.size) bytes) are not there: "
                + "they are uploaded before the run is submitted, and kept for an hour until then")
    }

    /// A run that is forgotten needs its artefact no more; who used it last gives it up.
    func giveUpArtefact(ofRow run: Int64) throws {
        statements.artefacts.useOfRun.bind(run, at: 1)
        guard let artefact = try statements.artefacts.useOfRun.firstRow({ $0.integer(0) }) else { return }
        for (statement, id) in [(statements.artefacts.unuse, run), (statements.artefacts.giveUp, artefact)] {
            statement.bind(id, at: 1)
            try statement.run()
        }
    }

    // MARK: Removing

    /// Gives up what no run came to use in time; what is dated in the future was begun before the clock was set back.
    func giveUpUnusedArtefacts(now: Timestamp) throws {
        statements.artefacts.giveUpOld.bind(now.milliseconds - Self.artefactPatience, at: 1)
        statements.artefacts.giveUpOld.bind(now.milliseconds + Self.artefactPatience, at: 2)
        try statements.artefacts.giveUpOld.run()
    }

    /// An artefact that was given up and that no run has come to use since.
    func unusedArtefact() throws -> Int64? { try statements.artefacts.unused.firstRow { $0.integer(0) } }

    /// Removes one artefact that was given up; false when there is none.
    func removeUnusedArtefact() throws -> Bool {
        guard let artefact = try unusedArtefact() else { return false }
        try remove(artefact: artefact)
        return true
    }

    private func remove(artefact: Int64) throws {
        for statement in [statements.artefacts.deleteParts, statements.artefacts.delete] {
            statement.bind(artefact, at: 1)
            try statement.run()
        }
    }
}
