// SPDX-License-Identifier: Apache-2.0

import CoveCore

@testable import CoveCoordinator

/// The rules of a task store, written down plainly over arrays: what the real ones are compared with.
struct ModelStore {
    struct Task: Equatable {
        var id: Int64
        var run: RunID
        var account: Int
        var region: Int
        var state = TaskState.ready
        var epoch: Int64 = 0
        var generation: Int64 = 0
        var attempts = 0
        var losses = 0
        var deferrals = 0
        var notBefore: Int64 = 0
        var wasInterrupted = false
        var outcome: Outcome?
        var settledBy: [LeaseToken] = []
    }

    struct Run {
        var id: RunID
        var specification: RunSpecification
        var state = RunState.planning
        var accounts: [Account] = []
        var stopReason: StopReason?
    }

    var epoch: Int64 = 1
    var runs: [Run] = []
    var tasks: [Task] = []
    /// The tasks in the order of settling, every settlement.
    var history: [Int64] = []
    /// The highest id that a task was given.
    var lastTask: Int64 = 0

    func counts(of run: RunID) -> RunCounts {
        var counts = RunCounts()
        for task in tasks where task.run == run { counts[task.state] += 1 }
        return counts
    }

    mutating func addTargets(_ accounts: [Account], to index: Int) -> Int {
        var new: [Int] = []
        for account in accounts where !runs[index].accounts.contains(account) {
            new.append(runs[index].accounts.count)
            runs[index].accounts.append(account)
        }
        for region in runs[index].specification.taskRegions.indices {
            for account in new {
                lastTask += 1
                tasks.append(Task(id: lastTask, run: runs[index].id, account: account, region: region))
            }
        }
        return new.count * runs[index].specification.taskRegions.count
    }

    mutating func finishPlanning(_ index: Int) {
        guard runs[index].state == .planning else { return }
        runs[index].state = .planned
        completeIfDone(runs[index].id)
    }

    mutating func stop(_ index: Int, because reason: StopReason) {
        if runs[index].stopReason == nil { runs[index].stopReason = reason }
    }

    mutating func resume(_ index: Int) { runs[index].stopReason = nil }

    mutating func forget(_ index: Int) {
        let id = runs.remove(at: index).id
        let forgotten = Set(tasks.filter { $0.run == id }.map(\.id))
        tasks.removeAll { $0.run == id }
        history.removeAll { forgotten.contains($0) }
    }

    func task(_ id: TaskID) -> Task? { tasks.first { $0.id == id.rawValue } }

    mutating func retry(_ index: Int) -> Int {
        resume(index)
        var count = 0
        for place in tasks.indices where tasks[place].run == runs[index].id {
            guard [.failed, .roleNotAssumed].contains(tasks[place].state) else { continue }
            tasks[place].state = .ready
            tasks[place].losses = 0
            tasks[place].deferrals = 0
            tasks[place].notBefore = 0
            tasks[place].outcome = nil
            count += 1
        }
        if count > 0, runs[index].state == .completed { runs[index].state = .planned }
        return count
    }

    /// Grants of one run, whose order does not depend on turns.
    mutating func grant(_ limit: Int, of share: GrantShare, now: Timestamp) -> [LeaseToken] {
        var granted: [LeaseToken] = []
        guard runs.contains(where: { $0.id == share.run && $0.stopReason == nil }) else { return granted }
        for place in tasks.indices where tasks[place].run == share.run && tasks[place].state == .ready {
            guard granted.count < min(limit, share.limit), tasks[place].notBefore <= now.milliseconds,
                share.regions?.contains(tasks[place].region) ?? true
            else { continue }
            tasks[place].state = .leased
            tasks[place].epoch = epoch
            tasks[place].generation += 1
            tasks[place].attempts += 1
            granted.append(LeaseToken(task: TaskID(tasks[place].id), epoch: epoch, generation: tasks[place].generation))
        }
        return granted
    }

    mutating func settle(_ reports: [AttemptReport]) -> SettlementResult {
        each(reports.map(\.token)) { model, place, index, result in
            model.settle(place, reports[index].outcome, &result)
        }
    }

    mutating func expire(_ tokens: [LeaseToken]) -> SettlementResult {
        each(tokens) { model, place, _, result in
            model.tasks[place].losses += 1
            if model.isAtMostOnce(place) { return model.settle(place, .failed(.outcomeUnknown), &result) }
            if model.tasks[place].losses == 3 { return model.settle(place, .failed(.workerLost(times: 3)), &result) }
            model.tasks[place].state = .ready
            model.tasks[place].wasInterrupted = true
        }
    }

    mutating func release(_ releases: [LeaseRelease], now: Timestamp) -> SettlementResult {
        each(releases.map(\.token)) { model, place, index, result in
            switch releases[index].reason {
            case .notStarted, .callerCredentials: break
            case .interrupted:
                if model.isAtMostOnce(place) { return model.settle(place, .failed(.outcomeUnknown), &result) }
                model.tasks[place].wasInterrupted = true
            case .throttled(let failure), .unreachable(let failure):
                let limit = if case .throttled = releases[index].reason { 100 } else { 8 }
                if model.tasks[place].deferrals >= limit {
                    return model.settle(place, .roleNotAssumed(failure), &result)
                }
                model.tasks[place].deferrals += 1
                let delay = Deferral.delay(number: model.tasks[place].deferrals, of: TaskID(model.tasks[place].id))
                model.tasks[place].notBefore = (now + delay).milliseconds
            }
            model.tasks[place].state = .ready
            model.tasks[place].attempts -= 1
        }
    }

    func formerLeases() -> Set<FormerLease> {
        Set(
            tasks.filter { $0.state == .leased && $0.epoch < epoch }.map { task in
                let token = LeaseToken(task: TaskID(task.id), epoch: task.epoch, generation: task.generation)
                return FormerLease(token: token, run: task.run)
            })
    }

    mutating func reopen(keepingLeases: Bool) {
        epoch += 1
        if keepingLeases { return }
        let held = tasks.filter { $0.state == .leased }.map { task in
            LeaseRelease(
                token: LeaseToken(task: TaskID(task.id), epoch: task.epoch, generation: task.generation),
                reason: .interrupted)
        }
        _ = release(held, now: .start)
    }

    private func isAtMostOnce(_ place: Int) -> Bool {
        runs.contains { $0.id == tasks[place].run && $0.specification.isAtMostOnce }
    }

    private mutating func each(
        _ tokens: [LeaseToken], _ body: (inout ModelStore, Int, Int, inout SettlementResult) -> Void
    ) -> SettlementResult {
        var result = SettlementResult(verdicts: [])
        for (index, token) in tokens.enumerated() {
            guard let place = tasks.firstIndex(where: { $0.id == token.task.rawValue }) else {
                result.verdicts.append(.unknown)
                continue
            }
            let task = tasks[place]
            if task.state == .leased, task.epoch == token.epoch, task.generation == token.generation {
                body(&self, place, index, &result)
                result.verdicts.append(.applied)
            } else {
                result.verdicts.append(task.settledBy.contains(token) ? .duplicate : .stale)
            }
        }
        return result
    }

    private mutating func settle(_ place: Int, _ outcome: Outcome, _ result: inout SettlementResult) {
        let task = tasks[place]
        tasks[place].state = outcome.state
        tasks[place].outcome = outcome
        tasks[place].wasInterrupted = false
        tasks[place].settledBy.append(
            LeaseToken(task: TaskID(task.id), epoch: task.epoch, generation: task.generation))
        history.append(task.id)
        if outcome.failure != nil, let index = runs.firstIndex(where: { $0.id == task.run }),
            runs[index].specification.raisesException, runs[index].stopReason == nil
        {
            runs[index].stopReason = .raisedException(TaskID(task.id))
            result.stoppedRuns.append(task.run)
        }
        if completeIfDone(task.run) { result.completedRuns.append(task.run) }
    }

    @discardableResult
    private mutating func completeIfDone(_ run: RunID) -> Bool {
        let counts = counts(of: run)
        guard counts.ready + counts.leased == 0, let index = runs.firstIndex(where: { $0.id == run }),
            runs[index].state == .planned
        else { return false }
        runs[index].state = .completed
        return true
    }
}
