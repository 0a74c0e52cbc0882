// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWorker

/// How a run that this process performs is stopped in steps.
struct RunControls: Sendable {
    let run: RunID
    let coordinator: Coordinator
    let worker: Worker

    /// How many attempts run.
    var attempts: Int { worker.attempts }

    /// The first step of stopping: nothing more is leased, what runs is finished.
    func stopLeasing() async { await coordinator.stop(run, because: .interrupted, cancellingAttempts: false) }

    /// The second step: what runs is ended, its leases are given back.
    func cancelAttempts() async { await coordinator.stop(run, because: .interrupted, cancellingAttempts: true) }
}
