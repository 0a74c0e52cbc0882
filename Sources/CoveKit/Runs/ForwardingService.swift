// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// A service that has others answer: all that it adds is how they are asked.
protocol ForwardingService: RunService {
    /// Makes a request, again where that helps; every request may be made twice.
    func ask<Value: Sendable>(_ request: (any RunService) async throws -> Value) async throws -> Value
}

extension ForwardingService {
    func run(_ run: RunID) async throws -> RunRecord? { try await ask { try await $0.run(run) } }
    func runs() async throws -> [RunRecord] { try await ask { try await $0.runs() } }
    func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        try await ask { try await $0.tasks(of: run, in: states, after: cursor, limit: limit) }
    }
    func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        try await ask { try await $0.outcomes(of: run, after: sequence, limit: limit) }
    }
    func skippedAccounts(of run: RunID) async throws -> [NotTargeted] {
        try await ask { try await $0.skippedAccounts(of: run) }
    }
    func submit(_ run: RunID, _ specification: RunSpecification) async throws {
        try await ask { try await $0.submit(run, specification) }
    }
    func stored(of artefact: ArtefactReference) async throws -> Int {
        try await ask { try await $0.stored(of: artefact) }
    }
    func add(_ part: [UInt8], at offset: Int, to artefact: ArtefactReference) async throws -> Int {
        try await ask { try await $0.add(part, at: offset, to: artefact) }
    }
    func plan(_ specification: RunSpecification) async throws -> RunPlan {
        try await ask { try await $0.plan(specification) }
    }
    func resume(_ run: RunID) async throws { try await ask { try await $0.resume(run) } }
    func retry(_ run: RunID) async throws -> Int { try await ask { try await $0.retry(run) } }
    func cancel(_ run: RunID) async throws { try await ask { try await $0.cancel(run) } }
    func forget(_ run: RunID) async throws { try await ask { try await $0.forget(run) } }
    func workers() async throws -> [WorkerRecord] { try await ask { try await $0.workers() } }
    func snapshot(of run: RunID, after revision: Int64?) async throws -> RunSnapshot? {
        try await ask { try await $0.snapshot(of: run, after: revision) }
    }
}
