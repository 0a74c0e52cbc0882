// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import CoveWorker

/// How a run that this process performs is made ready, and stopped in steps.
struct RunControls: Sendable {
    let run: RunID
    let coordinator: Coordinator
    let worker: Worker
    let artefacts: ArtefactCache
    let functions: FunctionRegistry

    /// Sees to it that a function can be run, before there is a task for it.
    ///
    /// - Parameter artefact: the files that travel with it.
    /// - Throws: `InvalidRequest` when it cannot.
    func prepare(_ function: FunctionSpecification, _ artefact: PackedArtefact?) async throws {
        // Only Python functions can lack something.
        guard case .python = function else { return }
        do {
            guard let artefact else { return try await functions.prepare(function, files: nil) }
            try artefacts.put(artefact)
            try await artefacts.with(artefact.reference) { try await functions.prepare(function, files: $0) }
        } catch let failure as Failure {
            let trace = failure.traceback?.split(separator: "\n").map { String($0) } ?? []
            throw InvalidRequest([failure.message] + trace)
        }
    }

    /// How many attempts run.
    var attempts: Int { worker.attempts }

    /// The first step of stopping: nothing more is leased, what runs is finished.
    func stopLeasing() async { await coordinator.stop(run, because: .interrupted, cancellingAttempts: false) }

    /// The second step: what runs is ended, its leases are given back.
    func cancelAttempts() async { await coordinator.stop(run, because: .interrupted, cancellingAttempts: true) }
}
