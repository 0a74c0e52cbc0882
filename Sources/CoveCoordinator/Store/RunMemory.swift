// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// The runs that a connection is working with, and accounts of theirs that were read lately.
///
/// It is bounded whatever the store holds: beyond its limits it begins anew.
struct RunMemory {
    private struct AccountKey: Hashable {
        let run: Int64
        let ordinal: Int64
    }

    /// More runs than are under way at a time.
    private static let runLimit = 1_024
    /// Enough for the accounts whose tasks are leased at a time, of all runs together; some 6 MB.
    private static let accountLimit = 16_384

    private var byID: [RunID: StoredRun] = [:]
    private var byRow: [Int64: StoredRun] = [:]
    private var accounts: [AccountKey: Account] = [:]

    /// Whether it should be emptied before the next transaction; within one its runs stay what they are.
    var isFull: Bool { byID.count > Self.runLimit }

    /// How many runs and accounts it holds.
    var counts: (runs: Int, accounts: Int) { (byID.count, accounts.count) }

    subscript(id: RunID) -> StoredRun? { byID[id] }

    subscript(row row: Int64) -> StoredRun? { byRow[row] }

    mutating func remember(_ run: StoredRun) {
        byID[run.id] = run
        byRow[run.row] = run
    }

    /// Forgets a run and its accounts, whose numbers may be given to another.
    mutating func remove(row: Int64) {
        if let run = byRow.removeValue(forKey: row) { byID[run.id] = nil }
        accounts.removeAll()
    }

    mutating func removeAll() { self = RunMemory() }

    func account(_ ordinal: Int64, ofRun row: Int64) -> Account? { accounts[AccountKey(run: row, ordinal: ordinal)] }

    mutating func remember(_ account: Account, _ ordinal: Int64, ofRun row: Int64) {
        if accounts.count >= Self.accountLimit { accounts.removeAll(keepingCapacity: true) }
        accounts[AccountKey(run: row, ordinal: ordinal)] = account
    }
}
