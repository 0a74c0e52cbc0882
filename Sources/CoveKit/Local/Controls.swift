// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWorker

/// What those who attend a local run can see and do.
struct Controls: Sendable {
    let run: RunID
    let store: any TaskStore
    let coordinator: Coordinator
    let worker: Worker

    /// Ticks whenever something changed about the run.
    var changes: AsyncStream<Void> { coordinator.changes(of: run) }

    /// Where the run stands with its coordinator.
    var status: RunStatus? { coordinator.status(of: run) }

    /// How many attempts run.
    var attempts: Int { worker.attempts }

    /// The first step of stopping: nothing more is leased, what runs is finished.
    func stopLeasing() async { await coordinator.stop(run, because: .interrupted, cancellingAttempts: false) }

    /// The second step: what runs is ended, its leases are given back.
    func cancelAttempts() async { await coordinator.stop(run, because: .interrupted, cancellingAttempts: true) }
}
