// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

/// Runs and their targets.
extension StoreConnection {
    /// Records a run; one that is there with the same specification is left as it is.
    ///
    /// - Parameter text: the specification as it is kept.
    func createRun(_ id: RunID, specification: RunSpecification, text: [UInt8], createdAt: Timestamp) throws {
        if let run = try knownRun(id) {
            guard run.specification != specification else { return }
            throw StoreError(
                .conflict,
                "there is already a run \(id) in \(path), which does something else: resume it, or start one with another id"
            )
        }
        let artefact = specification.function.artefact
        if let artefact { try check(artefact) }
        let insert = statements.insertRun
        insert.bind(id.rawValue, at: 1)
        insert.bind(text: text, at: 2)
        insert.bind(createdAt.milliseconds, at: 3)
        guard let row = try insert.firstRow({ $0.integer(0) }) else {
            throw StoreError(.failed, "\(path): a run's row was not made")
        }
        statements.insertProgress.bind(row, at: 1)
        try statements.insertProgress.run()
        if let artefact { try use(artefact, by: row) }
    }

    func beginPlanning(_ id: RunID, callingAccount: AccountID, partition: String) throws {
        let run = try run(id)
        try requirePlanning(run)
        let update = statements.updatePlanning
        update.bind(run.row, at: 1)
        update.bind(callingAccount.rawValue, at: 2)
        update.bind(partition, at: 3)
        try update.run()
        run.callingAccount = callingAccount
        run.partition = partition
    }

    func addTargets(_ accounts: [Account], skipped: [NotTargeted], to id: RunID) throws -> Int {
        let run = try run(id)
        try requirePlanning(run)
        var ordinals: [Int] = []
        for account in accounts {
            let ordinal = run.progress.accounts
            guard try insert(account, ordinal: ordinal, in: run) else { continue }
            ordinals.append(ordinal)
            change(run) { $0.accounts += 1 }
        }
        // Region by region over the accounts of the call: the ids' order is that of leasing.
        let insert = statements.insertTask
        insert.bind(run.row, at: 1)
        for region in run.regions.indices {
            insert.bind(region, at: 3)
            for ordinal in ordinals {
                insert.bind(ordinal, at: 2)
                insert.bind(try nextTask(), at: 4)
                try insert.run()
            }
        }
        let added = ordinals.count * run.regions.count
        change(run) { $0.counts.ready += added }
        for notTargeted in skipped { try leaveOut(notTargeted, of: run) }
        return added
    }

    func finishPlanning(_ id: RunID) throws {
        let run = try run(id)
        guard run.progress.state == .planning else { return }
        change(run) { $0.state = $0.counts.ready + $0.counts.leased == 0 ? .completed : .planned }
    }

    func retry(_ id: RunID) throws -> Int {
        let run = try run(id)
        try resume(run)
        var count = 0
        for state in [TaskState.failed, .roleNotAssumed] where run.progress.counts[state] > 0 {
            statements.retryTasks.bind(run.row, at: 1)
            statements.retryTasks.bind(state.rawValue, at: 2)
            let changed = try statements.retryTasks.run()
            change(run) {
                $0.counts[state] -= changed
                $0.counts.ready += changed
            }
            count += changed
        }
        if count > 0, run.progress.state == .completed { change(run) { $0.state = .planned } }
        return count
    }

    private func requirePlanning(_ run: StoredRun) throws {
        guard run.progress.state == .planning else {
            throw StoreError(
                .conflict,
                "run \(run.id) is \(run.progress.state.name): targets can be added only while it is being planned")
        }
    }

    /// Adds an account unless it is there; an account that is a target is no longer one that is left out.
    private func insert(_ account: Account, ordinal: Int, in run: StoredRun) throws -> Bool {
        let insert = statements.insertAccount
        insert.bind(run.row, at: 1)
        insert.bind(ordinal, at: 2)
        bind(account, to: insert, from: 3)
        guard try insert.run() == 1 else { return false }
        statements.deleteSkipped.bind(run.row, at: 1)
        statements.deleteSkipped.bind(account.id.rawValue, at: 2)
        try statements.deleteSkipped.run()
        return true
    }

    /// Lists an account as left out, unless it is listed already or is a target.
    private func leaveOut(_ notTargeted: NotTargeted, of run: StoredRun) throws {
        statements.accountIsTarget.bind(run.row, at: 1)
        statements.accountIsTarget.bind(notTargeted.account.id.rawValue, at: 2)
        guard try statements.accountIsTarget.firstRow({ _ in true }) == nil else { return }
        let insert = statements.insertSkipped
        insert.bind(run.row, at: 1)
        bind(notTargeted.account, to: insert, from: 3)
        let (reason, detail) = notTargeted.reason.columns
        insert.bind(reason, at: 9)
        insert.bind(detail, at: 10)
        try insert.run()
    }

    private func bind(_ account: Account, to statement: StoreStatement, from index: Int32) {
        statement.bind(account.id.rawValue, at: index)
        statement.bind(account.name, at: index + 1)
        statement.bind(account.arn, at: index + 2)
        statement.bind(account.email, at: index + 3)
        statement.bind(account.status, at: index + 4)
        statement.bind(account.state, at: index + 5)
    }

    // MARK: Reading

    func skippedAccounts(of id: RunID) throws -> [NotTargeted] {
        let run = try run(id)
        statements.skippedOfRun.bind(run.row, at: 1)
        var found: [NotTargeted] = []
        try statements.skippedOfRun.forEachRow { row in
            guard let reason = NotTargeted.Reason(code: row.integer(6), detail: row.text(7)) else {
                throw StoreError(
                    .damaged, "\(path) has an unknown reason \(row.integer(6)) for an account left out of \(id)")
            }
            found.append(NotTargeted(try readAccount(row, from: 0, in: run), reason))
            return true
        }
        return found
    }

    /// The account of that number in a run's plan.
    func account(_ ordinal: Int64, of run: StoredRun) throws -> Account {
        if let known = memory.account(ordinal, ofRun: run.row) { return known }
        statements.accountByOrdinal.bind(run.row, at: 1)
        statements.accountByOrdinal.bind(ordinal, at: 2)
        guard let account = try statements.accountByOrdinal.firstRow({ try readAccount($0, from: 0, in: run) }) else {
            throw StoreError(.damaged, "\(path) has no account \(ordinal) of run \(run.id): restore it from a copy")
        }
        memory.remember(account, ordinal, ofRun: run.row)
        return account
    }

    private func readAccount(_ row: StoreStatement, from column: Int32, in run: StoredRun) throws -> Account {
        guard let text = row.text(column), let id = AccountID(text) else {
            throw StoreError(
                .damaged,
                "\(path) has an account of run \(run.id) whose id is \"\(row.text(column) ?? "")\": expected twelve digits"
            )
        }
        return Account(
            id: id, name: row.text(column + 1), arn: row.text(column + 2), email: row.text(column + 3),
            status: row.text(column + 4), state: row.text(column + 5))
    }
}

extension NotTargeted.Reason {
    /// The reason as it is kept.
    fileprivate var columns: (code: Int64, detail: String?) {
        switch self {
        case .callingAccount: (0, nil)
        case .ignored: (1, nil)
        case .notActive(let state): (2, state)
        }
    }

    fileprivate init?(code: Int64, detail: String?) {
        switch (code, detail) {
        case (0, _): self = .callingAccount
        case (1, _): self = .ignored
        case (2, let detail?): self = .notActive(detail)
        default: return nil
        }
    }
}
