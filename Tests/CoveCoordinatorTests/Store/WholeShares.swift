// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore

extension TaskStore {
    /// Grants from runs without any limit of their own.
    func grant(_ limit: Int, of runs: [RunID], now: Timestamp) async throws -> [Lease] {
        try await grant(limit, of: runs.map { GrantShare(run: $0) }, now: now)
    }

    /// Grants from some regions of a run.
    func grant(_ limit: Int, of run: RunID, regions: Set<Int>, now: Timestamp = .start) async throws -> [Lease] {
        try await grant(limit, of: [GrantShare(run: run, regions: regions)], now: now)
    }
}
