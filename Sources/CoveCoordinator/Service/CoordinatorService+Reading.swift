// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import CoveWire

/// What clients ask for that changes nothing.
extension CoordinatorService {
    package func run(_ run: RunID) async throws -> RunRecord? { try await store.run(run) }
    package func runs() async throws -> [RunRecord] { try await store.runs() }

    package func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        try await store.tasks(of: run, in: states, after: cursor, limit: Self.pageLength(limit))
    }

    package func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        try await store.outcomes(of: run, after: sequence, limit: Self.pageLength(limit))
    }

    package func skippedAccounts(of run: RunID) async throws -> [NotTargeted] {
        try await store.skippedAccounts(of: run)
    }

    private static func pageLength(_ limit: Int) -> Int { min(max(1, limit), ClientLimits.page) }

    package func workers() async throws -> [WorkerRecord] { coordinator.workers() }

    package func snapshot(of run: RunID, after revision: Int64?) async throws -> RunSnapshot? {
        if let revision { await waitForNews(of: run, after: revision) }
        // The revision is read first: what is read later is at least as new.
        let (revision, status) = coordinator.change { ($0.revision(of: run), $0.status(of: run)) }
        guard let record = try await store.run(run) else { return nil }
        var known =
            status
            ?? RunStatus(
                isCompleted: record.state == .completed, stopReason: record.stopReason,
                leasesOut: coordinator.change { $0.book.count(of: run) })
        known.lacking = try await lacking(for: record)
        return RunSnapshot(record: record, status: known, revision: revision)
    }

    /// Waits until a run's revision is another, or for as long as a client may wait.
    private func waitForNews(of run: RunID, after revision: Int64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in self.coordinator.changes(of: run)
                where self.coordinator.change({ $0.revision(of: run) }) != revision { return }
            }
            group.addTask { try? await self.clock.sleep(ClientLimits.longestWait) }
            await group.next()
            group.cancelAll()
        }
    }

    /// What ready tasks wait for that no connected worker has.
    private func lacking(for record: RunRecord) async throws -> String? {
        // Tasks that are still to be planned wait too.
        guard record.counts.ready > 0 || record.state == .planning,
            let lack = coordinator.change({ $0.lack(for: record.id) })
        else { return nil }
        switch lack {
        case .everything(let sentence): return sentence
        case .regions(let regions):
            // Tasks that can be run go away; the others are found here at the latest when nothing else is left.
            let ready = try await store.tasks(of: record.id, in: [.ready], after: .start, limit: 256)
            let waiting = Set(ready.tasks.compactMap(\.region))
            let names = regions.filter(waiting.contains).map(\.rawValue)
            return names.isEmpty ? nil : "no connected worker serves \(names.joined(separator: ", "))"
        }
    }
}
