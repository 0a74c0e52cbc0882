// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// A run that is there and that this program cannot read: made by another version of it, or damaged.
package struct UnreadableRun: Error, Sendable, Hashable {
    /// Its id, as it is kept.
    package let run: String
    /// What cannot be read, and what to do.
    package let message: String
}

/// A run's rows before its texts are read, which may take place outside of the transaction.
struct RunRow: Sendable {
    /// The run's number in the tables.
    let row: Int64
    private let key: String
    private let specification: [UInt8]
    private let createdAt: Timestamp
    private let callingAccount: String?
    private let partition: String?
    private let progress: RunProgress
    private let stopReason: [UInt8]?

    /// The row that a statement stands at whose columns are those of `StoreStatements.run`.
    init(_ row: StoreStatement) {
        self.row = row.integer(0)
        key = row.text(1) ?? ""
        specification = row.array(2) ?? []
        createdAt = Timestamp(milliseconds: row.integer(3))
        callingAccount = row.text(4)
        partition = row.text(5)
        var counts = RunCounts()
        for state in TaskState.allCases { counts[state] = Int(row.integer(8 + Int32(state.rawValue))) }
        progress = RunProgress(
            state: RunState(rawValue: Int(row.integer(6))) ?? .planning, accounts: Int(row.integer(7)), counts: counts)
        stopReason = row.array(13)
    }

    /// The run's id; nil when what is kept is none.
    var id: RunID? { RunID(key) }

    /// Roughly how many bytes it holds.
    var size: Int { specification.count + 256 }

    /// What the rows say.
    ///
    /// - Parameter path: the database's, for the error.
    func record(in path: String) throws(UnreadableRun) -> RunRecord {
        guard let id else {
            throw UnreadableRun(run: key, message: "\(path) has a run whose id is not one: found \"\(key)\"")
        }
        return RunRecord(
            id: id,
            specification: try decode(RunSpecification.self, "specification", specification, path),
            state: progress.state, createdAt: createdAt, callingAccount: callingAccount.flatMap { AccountID($0) },
            partition: partition, counts: progress.counts, accounts: progress.accounts,
            stopReason: try stopReason.map { text throws(UnreadableRun) in
                try decode(StopReason.self, "reason of the stop", text, path)
            })
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ what: String, _ text: [UInt8], _ path: String
    ) throws(UnreadableRun) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text))
        } catch {
            throw UnreadableRun(
                run: key,
                message: "the \(what) of run \(key) in \(path) cannot be read (\(error)): the run was made by another "
                    + "version of cove, or the file is damaged; use that version, or forget the run")
        }
    }
}
