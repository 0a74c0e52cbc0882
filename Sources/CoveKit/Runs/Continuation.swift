// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// What to do with a run that is there: go on with it, or try again what did not succeed.
enum Continuation: Sendable {
    case resume
    case retry

    /// Why there is nothing to do; nil where there is something.
    func nothingToDo(_ record: RunRecord) -> String? {
        guard record.state == .completed else { return nil }
        switch self {
        case .resume: return "run \(record.id) is complete: nothing is left to do"
        case .retry:
            return record.counts.unsuccessful > 0
                ? nil : "run \(record.id) has no task that did not succeed: nothing is left to do"
        }
    }

    /// Has it done.
    func apply(to run: RunID, of service: any RunService) async throws {
        switch self {
        case .resume: try await service.resume(run)
        case .retry: _ = try await service.retry(run)
        }
    }
}
