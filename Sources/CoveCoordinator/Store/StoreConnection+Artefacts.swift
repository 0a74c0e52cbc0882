// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What travels with runs: stored once, however many runs use it.
extension StoreConnection {
    /// How long an artefact waits for a run that uses it, in milliseconds: an hour.
    static let artefactPatience: Int64 = 3_600_000
    /// How long the rest of one that is not whole is waited for, in milliseconds: five minutes.
    static let uploadPatience: Int64 = 300_000
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

    /// How far an artefact is; whoever asks has an hour for it once it is whole, and five minutes for each part until then.
    ///
    /// One that is not there takes no room before its first part comes.
    func find(_ reference: ArtefactReference, now: Timestamp) throws -> StoredArtefact {
        if let row = try row(of: reference) {
            statements.artefacts.touch.bind(row.id, at: 1)
            statements.artefacts.touch.bind(now.milliseconds, at: 2)
            try statements.artefacts.touch.run()
            return row.artefact
        }
        return StoredArtefact(stored: 0)
    }

    /// Takes the room of an artefact whose first part has come.
    private func begin(_ reference: ArtefactReference, now: Timestamp) throws {
        let (size, unfinished) = try statements.artefacts.size.firstRow { ($0.integer(0), $0.integer(1)) } ?? (0, 0)
        guard Int64(reference.size) <= Self.artefactRoom - size else {
            throw StoreError(
                .conflict,
                "files of \(reference.size) bytes were to travel with a run, and \(path) keeps \(size) bytes for such files, of "
                    + "\(Self.artefactRoom) (1 GiB) at most, \(unfinished) of them for uploads that are not finished: forget runs "
                    + "whose files are no longer needed; what no run uses is kept for an hour and an upload that rests for five minutes, "
                    + "so try again after that")
        }
        let insert = statements.artefacts.insert
        insert.bind(reference.digest, at: 1)
        insert.bind(reference.size, at: 2)
        insert.bind(now.milliseconds, at: 3)
        try insert.run()
    }

    /// Adds the next part of an artefact; another one changes nothing.
    func add(
        _ part: [UInt8], at offset: Int, to reference: ArtefactReference, now: Timestamp
    ) throws -> StoredArtefact {
        var found = try row(of: reference)
        if found == nil, offset == 0, !part.isEmpty, part.count <= reference.size {
            try begin(reference, now: now)
            found = try row(of: reference)
        }
        // It was given up, or did not verify when somebody else brought it.
        guard let row = found else { return StoredArtefact(stored: 0) }
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

    /// A run that is forgotten needs its artefact no more.
    ///
    /// Where it was the last, the artefact goes too, unless somebody was told within the hour that it is there.
    func giveUpArtefact(ofRow run: Int64, now: Timestamp) throws {
        statements.artefacts.unuse.bind(run, at: 1)
        try statements.artefacts.unuse.run()
        try giveUpUnusedArtefacts(now: now)
    }

    // MARK: Removing

    /// Gives up what no run came to use in time; what is dated in the future was begun before the clock was set back.
    func giveUpUnusedArtefacts(now: Timestamp) throws {
        statements.artefacts.giveUpOld.bind(now.milliseconds - Self.artefactPatience, at: 1)
        statements.artefacts.giveUpOld.bind(now.milliseconds + Self.artefactPatience, at: 2)
        statements.artefacts.giveUpOld.bind(now.milliseconds - Self.uploadPatience, at: 3)
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
