// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire

extension RunFolders: RunPlace {
    var isRemote: Bool { false }

    /// All runs that can be told anything of; one whose process died before it had made it is none.
    func summaries() async throws -> [RunSummary] {
        var summaries: [RunSummary] = []
        for id in try runs() {
            if let summary = await summary(of: id) { summaries.append(summary) }
        }
        return summaries
    }

    private func summary(of id: RunID) async -> RunSummary? {
        do {
            return try await LocalService.with(id, in: self, patience: .zero, logger: logger) { service in
                guard let snapshot = try await service.snapshot(of: id, after: nil) else { return nil }
                return RunSummary(snapshot.record, status: snapshot.status)
            }
        } catch let error as StoreError where error.code == .notFound {
            return nil
        } catch let error as StoreError where error.code == .inUse {
            return RunSummary(id, state: RunStanding.State.running.rawValue)
        } catch {
            return RunSummary(id, state: "unreadable: \(error)")
        }
    }

    func withRun<Result: Sendable>(
        named name: String, _ body: (RunID, any RunService) async throws -> Result
    ) async throws -> Result {
        let id = try run(named: name)
        return try await LocalService.with(id, in: self, logger: logger) { service in try await body(id, service) }
    }

    func forget(_ name: String, isForced: Bool) async throws -> RunID {
        let id = try run(named: name)
        do {
            let (store, record) = try await openAlone(id)
            do {
                try check(record, isForced: isForced)
                try forget(id)
            } catch {
                try? await store.close()
                throw error
            }
            // What it writes at closing goes with the folder.
            try? await store.close()
        } catch let error as StoreError where error.code == .notFound {
            // A process died before it had made the run: there is nothing to keep.
            try forget(id)
        } catch let error as StoreError where isForced && error.code != .inUse {
            // What cannot be opened is of no use to anybody.
            try forget(id)
        }
        return id
    }

    private func check(_ record: RunRecord, isForced: Bool) throws {
        if isForced || record.state == .completed { return }
        let isResumable =
            switch record.stopReason {
            case nil, .interrupted: true
            case .cancelled, .raisedException, .planningFailed, .invalidRequest, .callerCredentials: false
            }
        guard isResumable else { return }
        throw RequestFailure(
            .conflict,
            [
                "run \(record.id) was interrupted and can be gone on with: \(command("resume", record.id)); "
                    + "with --force it is removed as it is"
            ])
    }

    /// Opens the store of a run that nobody has open.
    ///
    /// - Throws: `RequestFailure` when a process performs the run; `StoreError`
    func openAlone(_ run: RunID) async throws -> (store: any TaskStore, record: RunRecord) {
        do {
            return try await open(run)
        } catch let error as StoreError where error.code == .inUse {
            let owner = SQLiteTaskStore.owner(ofFolder: store(of: run)).map { " by \($0)" } ?? ""
            throw RequestFailure(
                .conflict,
                [
                    "run \(run) is under way, performed\(owner)", "watch it with: \(command("watch", run))",
                    "stop it with: \(command("cancel", run))",
                ])
        }
    }
}
