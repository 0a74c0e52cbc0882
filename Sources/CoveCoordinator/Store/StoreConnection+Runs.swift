// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// Finding runs, and stopping them.
extension StoreConnection {
    /// How many runs, and how many bytes of their specifications, one call reads.
    private static let listLimit: Int64 = 256
    private static let listSize = 4 * 1_024 * 1_024

    /// A run by its id; throws when there is none.
    func run(_ id: RunID) throws -> StoredRun {
        guard let run = try knownRun(id) else { throw absence(of: id) }
        return run
    }

    /// A run by its id; nil when there is none, an error when it cannot be read.
    func knownRun(_ id: RunID) throws -> StoredRun? {
        if let run = memory[id] { return run }
        guard let row = try row(of: id) else { return nil }
        do { return remember(row, try row.record(in: path)) } catch {
            throw StoreError(.damaged, error.message)
        }
    }

    /// A run that tasks may be granted of; nil when there is none, or it cannot be read.
    ///
    /// Neither is a reason for the other runs of a call to wait.
    func usableRun(_ id: RunID) throws -> StoredRun? {
        if let run = memory[id] { return run }
        return try row(of: id).flatMap(usableRun)
    }

    /// A task's run; nil when it is being forgotten, or cannot be read.
    func usableRun(ofRow number: Int64) throws -> StoredRun? {
        if let run = memory[row: number] { return run }
        statements.runByRow.bind(number, at: 1)
        if let row = try statements.runByRow.firstRow(RunRow.init) { return usableRun(row) }
        statements.isForgotten.bind(number, at: 1)
        guard try statements.isForgotten.firstRow({ _ in true }) == nil else { return nil }
        throw StoreError(.damaged, "\(path) has tasks of a run that is not there (\(number)): restore it from a copy")
    }

    private func usableRun(_ row: RunRow) -> StoredRun? {
        (try? row.record(in: path)).map { remember(row, $0) }
    }

    /// What the tables say of a run.
    func row(of id: RunID) throws -> RunRow? {
        statements.runByKey.bind(id.rawValue, at: 1)
        return try statements.runByKey.firstRow(RunRow.init)
    }

    func absence(of id: RunID) -> StoreError {
        StoreError(.notFound, "there is no run \(id) in \(path): `cove runs` lists those that are there")
    }

    private func remember(_ row: RunRow, _ record: RunRecord) -> StoredRun {
        let run = StoredRun(record, row: row.row)
        memory.remember(run)
        return run
    }

    // MARK: Lists

    /// A run in a list: known, or as its rows say it.
    enum Listed: Sendable {
        case known(RunRecord, row: Int64)
        case row(RunRow)

        /// The run's number in the tables.
        var number: Int64 {
            switch self {
            case .known(_, let row): row
            case .row(let row): row.row
            }
        }
    }

    /// Runs in the order of their numbers after one of them; none is the end.
    ///
    /// Those that are not in use are not remembered, and their texts are left to the caller to read: a thousand of them take longer
    /// to decode than writers should wait.
    func runs(after number: Int64) throws -> [Listed] {
        var found: [Listed] = []
        var bytes = 0
        statements.pageOfRuns.bind(number, at: 1)
        statements.pageOfRuns.bind(Self.listLimit, at: 2)
        try statements.pageOfRuns.forEachRow { statement in
            let row = RunRow(statement)
            bytes += row.size
            if let known = memory[row: row.row] {
                found.append(.known(known.record, row: row.row))
            } else {
                found.append(.row(row))
            }
            return bytes < Self.listSize
        }
        return found
    }

    /// The numbers of the runs that have leases.
    func runsWithLeases() throws -> [Int64] {
        var found: [Int64] = []
        try statements.runsWithLeases.forEachRow { row in
            found.append(row.integer(0))
            return true
        }
        return found
    }

    // MARK: Stops

    /// Records why a run is stopped, unless it is stopped already.
    func stop(_ id: RunID, because reason: StopReason) throws { try stop(try run(id), because: reason) }

    /// Records why a run is stopped, unless it is stopped already.
    func stop(_ run: StoredRun, because reason: StopReason) throws {
        guard run.stopReason == nil else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        statements.insertStop.bind(run.row, at: 1)
        statements.insertStop.bind(text: Array(try encoder.encode(reason)), at: 2)
        try statements.insertStop.run()
        run.stopReason = reason
    }

    func resume(_ id: RunID) throws { try resume(try run(id)) }

    /// Takes a stop back, if there is one.
    func resume(_ run: StoredRun) throws {
        guard run.stopReason != nil else { return }
        statements.deleteStop.bind(run.row, at: 1)
        try statements.deleteStop.run()
        run.stopReason = nil
    }
}
