// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What can be read of runs, from a store or over a link.
package protocol RunReader: Sendable {
    /// What is known of a run; nil when there is none of that id.
    func run(_ run: RunID) async throws -> RunRecord?
    /// All runs, oldest first.
    func runs() async throws -> [RunRecord]
    /// A page of a run's tasks in plan order (accounts as planned, each with its regions in order), after `cursor`; ends early
    /// when the results read so far are large. Only tasks in `states`.
    func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage
    /// A page of a run's outcomes in the order of settling, after the outcome numbered `sequence`.
    func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage
    /// The accounts that were left out and are to be listed, in the order of planning.
    func skippedAccounts(of run: RunID) async throws -> [NotTargeted]
}

extension RunReader {
    /// A task that did not succeed, by its id; nil when there is none.
    package func unsuccessfulTask(_ id: TaskID, of run: RunID) async throws -> TaskRecord? {
        var cursor = TaskCursor.start
        while true {
            let page = try await tasks(of: run, in: [.failed, .roleNotAssumed], after: cursor, limit: 256)
            if page.tasks.isEmpty { return nil }
            if let found = page.tasks.first(where: { $0.id == id }) { return found }
            cursor = page.next
        }
    }
}
