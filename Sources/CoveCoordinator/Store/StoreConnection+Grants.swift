// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// Granting leases.
extension StoreConnection {
    /// How many deferred tasks a grant lets join the ready ones of a run at most, so that it stays short when thousands are due at
    /// once.
    private static let promotionLimit = 4_096

    /// A run in a grant: what may still be taken of it.
    private struct Demand {
        let run: StoredRun
        let regions: [Int]
        var left: Int

        var wants: Bool { left > 0 && run.progress.counts.ready > 0 }
    }

    /// Leases in turns: each run gets an equal part, what one cannot use goes to the others, and the next call begins after
    /// the run that was served last.
    ///
    /// A run that is stopped gets nothing, nor one that is gone or cannot be read.
    func grant(_ limit: Int, of shares: [GrantShare], now: Timestamp) throws -> [Lease] {
        var waiting = try inTurn(shares).compactMap(demand).filter(\.wants)
        var leases: [Lease] = []
        while leases.count < limit, !waiting.isEmpty {
            let part = max(1, (limit - leases.count) / waiting.count)
            var more: [Demand] = []
            for var demand in waiting where leases.count < limit {
                let wanted = min(part, limit - leases.count, demand.left, demand.run.progress.counts.ready)
                let granted = try grant(wanted, of: demand, now, to: &leases)
                if granted > 0 { lastGranted = demand.run.id }
                demand.left -= granted
                if granted == wanted, demand.wants { more.append(demand) }
            }
            waiting = more
        }
        return leases
    }

    private func inTurn(_ shares: [GrantShare]) -> [GrantShare] {
        guard let lastGranted, let place = shares.firstIndex(where: { $0.run == lastGranted }) else { return shares }
        return Array(shares[(place + 1)...] + shares[...place])
    }

    private func demand(_ share: GrantShare) throws -> Demand? {
        guard let run = try usableRun(share.run), run.stopReason == nil else { return nil }
        let regions = run.regions.indices.filter { share.regions?.contains($0) ?? true }
        return regions.isEmpty ? nil : Demand(run: run, regions: regions, left: share.limit)
    }

    private func grant(
        _ limit: Int, of demand: Demand, _ now: Timestamp, to leases: inout [Lease]
    ) throws -> Int {
        let run = demand.run
        try promote(run, demand.regions, now)
        let tasks = try RegionMerge.first(limit, of: demand.regions) { region, id, limit in
            try readyTasks(of: run, region, after: id, limit)
        }
        // Rows are changed after the walk over their index has ended.
        for task in tasks { leases.append(try lease(task, of: run)) }
        change(run) {
            $0.counts.ready -= tasks.count
            $0.counts.leased += tasks.count
        }
        return tasks.count
    }

    private func readyTasks(of run: StoredRun, _ region: Int, after id: Int64, _ limit: Int) throws -> [ReadyTask] {
        let select = statements.readyTasks
        select.bind(run.row, at: 1)
        select.bind(region, at: 2)
        select.bind(id, at: 3)
        select.bind(limit, at: 4)
        var found: [ReadyTask] = []
        try select.forEachRow { row in
            found.append(
                ReadyTask(
                    id: row.integer(0), account: row.integer(1), region: region, generation: row.integer(2),
                    attempts: Int(row.integer(3))))
            return true
        }
        return found
    }

    private func lease(_ task: ReadyTask, of run: StoredRun) throws -> Lease {
        let token = LeaseToken(task: TaskID(task.id), epoch: epoch, generation: task.generation + 1)
        let update = statements.leaseTask
        update.bind(task.id, at: 1)
        update.bind(token.epoch, at: 2)
        update.bind(token.generation, at: 3)
        update.bind(task.attempts + 1, at: 4)
        guard try update.run() == 1 else { throw disagreement(token.task) }
        return Lease(
            token: token, run: run.id, account: try account(task.account, of: run), region: run.regions[task.region],
            attempt: task.attempts + 1)
    }

    // MARK: Deferred tasks

    /// Lets tasks that are due join the ready ones of their regions.
    private func promote(_ run: StoredRun, _ regions: [Int], _ now: Timestamp) throws {
        var room = Self.promotionLimit
        for region in regions where run.deferred[region]?.mayBeDue(at: now) == true {
            for (promote, moment) in [
                (statements.promoteTasks, now), (statements.promoteFutureTasks, now + Deferral.longest),
            ] where room > 0 {
                promote.bind(run.row, at: 1)
                promote.bind(region, at: 2)
                promote.bind(moment.milliseconds, at: 3)
                promote.bind(room, at: 4)
                room -= try promote.run()
            }
            run.deferred[region] = try deferredSpan(of: run, region)
        }
    }

    private func deferredSpan(of run: StoredRun, _ region: Int) throws -> DeferredSpan? {
        statements.deferredTasks.bind(run.row, at: 1)
        statements.deferredTasks.bind(region, at: 2)
        return try statements.deferredTasks.firstRow { row in
            DeferredSpan(earliest: row.integer(0), latest: row.integer(1))
        }
    }
}
