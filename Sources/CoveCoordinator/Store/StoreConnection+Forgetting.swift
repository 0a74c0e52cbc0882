// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Removing runs.
///
/// A run is gone with the first transaction, which takes its progress and its id; its rows follow in slices, each a transaction, so
/// that other work goes on between them. What is still to be removed stands in the table `forgotten`, and is removed after the
/// next opening if the process ends before.
extension StoreConnection {
    /// How many rows a slice removes at most, and about how many bytes of results.
    static let sliceLimit: Int64 = 5_000
    static let sliceSize: Int64 = 32 * 1_024 * 1_024

    /// Takes a run away from all who read or write; its rows are still there.
    func beginForgetting(_ id: RunID, now: Timestamp) throws {
        // A run that cannot be read can be forgotten: its row is enough.
        guard let row = try row(of: id)?.row else { throw absence(of: id) }
        // Ids of its tasks stand in tokens that workers hold.
        statements.noteLastTask.bind(try lastTask(), at: 1)
        try statements.noteLastTask.run()
        statements.insertForgotten.bind(row, at: 1)
        try statements.insertForgotten.run()
        // Its id is free for a new run. A number is no id of a run.
        statements.hideRun.bind(row, at: 1)
        statements.hideRun.bind("forgotten \(row)", at: 2)
        try statements.hideRun.run()
        for delete in [statements.deleteProgress, statements.deleteStop] {
            delete.bind(row, at: 1)
            try delete.run()
        }
        try giveUpArtefact(ofRow: row, now: now)
        drop(row: row)
    }

    /// Whether there is something left to remove of runs that were forgotten.
    func hasForgotten() throws -> Bool {
        try statements.forgottenRun.firstRow { _ in true } ?? false || unusedArtefact() != nil
    }

    /// Removes a slice of what is left of runs that were forgotten; false when nothing was left.
    ///
    /// In a transaction without checks of references: outcomes go before their tasks, tasks before their accounts. Then, one in a
    /// slice, artefacts that nobody uses.
    func removeForgotten() throws -> Bool {
        guard let row = try statements.forgottenRun.firstRow({ $0.integer(0) }) else {
            return try removeUnusedArtefact()
        }
        if try removeOutcomes(ofRow: row) { return true }
        for delete in [statements.deleteTasks, statements.deleteAccounts, statements.deleteAllSkipped] {
            delete.bind(row, at: 1)
            delete.bind(Self.sliceLimit, at: 2)
            if try delete.run() > 0 { return true }
        }
        for delete in [statements.deleteForgotten, statements.deleteRun] {
            delete.bind(row, at: 1)
            try delete.run()
        }
        return true
    }

    private func removeOutcomes(ofRow row: Int64) throws -> Bool {
        var last: Int64?
        var bytes: Int64 = 0
        statements.forgottenOutcomes.bind(row, at: 1)
        statements.forgottenOutcomes.bind(Self.sliceLimit, at: 2)
        try statements.forgottenOutcomes.forEachRow { row in
            last = row.integer(0)
            bytes += row.integer(1)
            return bytes < Self.sliceSize
        }
        guard let last else { return false }
        statements.deleteOutcomes.bind(row, at: 1)
        statements.deleteOutcomes.bind(last, at: 2)
        return try statements.deleteOutcomes.run() > 0
    }
}
