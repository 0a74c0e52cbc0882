// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import CoveWire

/// What clients ask for that changes something. Requests about one run take turns; memory follows the store.
extension CoordinatorService {
    package func submit(_ run: RunID, _ specification: RunSpecification) async throws {
        try await answering {
            let problems = specification.problems
            guard problems.isEmpty else { throw InvalidRequest(problems) }
            try await coordinator.turns.turn(of: run) {
                var specification = specification
                if let known = try await store.run(run)?.specification {
                    if specification.regions == nil, specification.defaultRegion == nil {
                        specification.defaultRegion = known.defaultRegion
                    }
                    guard specification == known else {
                        throw RequestFailure(
                            .conflict, ["there is another run \(run): submit this one under an id of its own"])
                    }
                    return
                }
                if specification.regions == nil, specification.defaultRegion == nil {
                    specification.defaultRegion = defaultRegion
                }
                try await store.createRun(run, specification: specification, createdAt: clock.wall())
                let record = try await record(of: run)
                coordinator.takeUp(record)
                beginPlanning(record)
            }
        }
    }

    package func resume(_ run: RunID) async throws {
        try await answering {
            try await coordinator.turns.turn(of: run) {
                let record = try await record(of: run)
                let isStopped = record.stopReason != nil || coordinator.status(of: run)?.stopReason != nil
                guard isStopped, record.state != .completed else { return }
                try await goOn(with: run)
            }
        }
    }

    package func retry(_ run: RunID) async throws -> Int {
        try await answering {
            try await coordinator.turns.turn(of: run) {
                _ = try await record(of: run)
                let count = try await store.retry(run)
                if try await record(of: run).state != .completed { try await goOn(with: run) }
                return count
            }
        }
    }

    /// Takes back that a run is stopped, in the store and then in memory, and plans what was not planned.
    private func goOn(with run: RunID) async throws {
        try await store.resume(run)
        let record = try await record(of: run)
        coordinator.change { $0.resume(record) }
        beginPlanning(record)
    }

    package func cancel(_ run: RunID) async throws {
        try await answering {
            if let status = coordinator.status(of: run), !status.isCompleted {
                do {
                    try await coordinator.stopForGood(run, because: .cancelled, cancellingAttempts: true)
                } catch let error as StoreError where error.code == .full {
                    throw RequestFailure(
                        .unavailable,
                        [
                            "run \(run) is stopped, but that could not be recorded yet, because the disk is full: "
                                + "make room; a coordinator that is restarted before goes on with the run"
                        ])
                }
                return
            }
            try await coordinator.turns.turn(of: run) {
                let record = try await record(of: run)
                guard record.state != .completed else {
                    throw RequestFailure(.conflict, ["run \(run) is complete: there is nothing to cancel"])
                }
                if record.stopReason == nil { try await store.stop(run, because: .cancelled) }
            }
        }
    }

    package func forget(_ run: RunID) async throws {
        try await answering {
            try await coordinator.turns.turn(of: run) {
                let record = try await record(of: run)
                let leases = coordinator.status(of: run)?.leasesOut ?? coordinator.change { $0.book.count(of: run) }
                guard record.state == .completed || record.stopReason != nil else {
                    throw RequestFailure(
                        .conflict, ["run \(run) is under way: cancel it first (cove cancel \(run))"])
                }
                guard coordinator.change({ $0.isOver(run) }) else {
                    throw RequestFailure(
                        .conflict,
                        ["run \(run) is not over: \(leases) attempts have not ended yet; try again when they have"])
                }
                try await store.forget(run, now: clock.wall())
                coordinator.change { $0.forget(run) }
            }
        }
    }

    package func plan(_ specification: RunSpecification) async throws -> RunPlan {
        try await answering {
            let problems = specification.problems
            guard problems.isEmpty else { throw InvalidRequest(problems) }
            let directory = try directory(specification)
            let caller = try await directory.caller()
            let resolver = TargetResolver(directory: directory, selection: specification.selection, caller: caller)
            let regions = specification.regions ?? [specification.defaultRegion ?? defaultRegion].compactMap { $0 }
            var plan = RunPlan(
                callingAccount: caller.account, partition: specification.partition ?? caller.partition, regions: regions
            )
            try await resolver.resolve { page in
                plan.targets += page.targets
                plan.leftOut += page.skipped + page.leftOut
            }
            return plan
        }
    }

    private func record(of run: RunID) async throws -> RunRecord {
        guard let record = try await store.run(run) else { throw RequestFailure.noRun(run) }
        return record
    }

    /// Gives a client's words to whatever goes wrong.
    private func answering<Value: Sendable>(_ body: () async throws -> Value) async throws(RequestFailure) -> Value {
        do { return try await body() } catch { throw RequestFailure(error) }
    }
}
