// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// What a run that is over means for the command that followed it.
struct RunEnding {
    private let run: RunID
    private let counts: RunCounts
    private let isComplete: Bool
    private let stopReason: StopReason?
    private let place: any RunPlace

    init(_ snapshot: RunSnapshot, place: any RunPlace) {
        run = snapshot.record.id
        counts = snapshot.record.counts
        isComplete = snapshot.status.isCompleted || snapshot.record.state == .completed
        stopReason = snapshot.status.stopReason
        self.place = place
    }

    /// How many tasks came to what, in a line.
    var summary: String {
        var parts = ["\(counts.succeeded) of \(counts.total) tasks succeeded"]
        if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        if counts.roleNotAssumed > 0 { parts.append("\(counts.roleNotAssumed) roles not assumed") }
        let left = counts.ready + counts.leased
        if left > 0 { parts.append("\(left) not run") }
        return parts.joined(separator: ", ")
    }

    /// How the command ends where the plan came to nothing: there are no results then, not even empty ones.
    var planningFailure: CommandFailure? {
        guard counts.total == 0 else { return nil }
        switch stopReason {
        case .planningFailed(let problems): return CommandFailure(.unavailable, problems)
        case .invalidRequest(let problems): return CommandFailure(.invalidRequest, problems)
        default: return nil
        }
    }

    /// How the command ends, where not every task succeeded.
    ///
    /// - Parameters:
    ///   - reader: knows the first failure of a run that stopped at it.
    ///   - isQuiet: whether nothing is said of tasks that stand in the results.
    func failure(in reader: any RunReader, isQuiet: Bool) async throws -> CommandFailure? {
        let resumption = "go on with: \(place.command("resume", run))"
        switch stopReason {
        case .planningFailed(let problems) where !isComplete, .invalidRequest(let problems) where !isComplete:
            return CommandFailure(.unavailable, problems + ["the plan is not finished", resumption])
        case .callerCredentials(let failure) where !isComplete:
            return CommandFailure(
                .unavailable,
                [
                    "the credentials that assume the roles are no longer valid: \(failure.message)",
                    "\(summary); renew them first", resumption,
                ])
        case .raisedException(let task):
            return CommandFailure(
                .failure,
                [try await describe(task, in: reader), "stopped at the first failure: \(summary)", resumption])
        case .interrupted where !isComplete:
            return CommandFailure(.interrupted, ["interrupted: \(summary)", resumption])
        case .cancelled where !isComplete:
            return CommandFailure(.interrupted, ["cancelled: \(summary)", resumption])
        default: break
        }
        guard counts.unsuccessful > 0 else { return nil }
        return CommandFailure(.failure, isQuiet ? [] : [summary, "try again with: \(place.command("retry", run))"])
    }

    /// The first failure of a run that stops at it, with its place.
    private func describe(_ task: TaskID, in reader: any RunReader) async throws -> String {
        guard let found = try await reader.unsuccessfulTask(task, of: run) else { return "a task did not succeed" }
        let place = [found.account.id.rawValue, found.account.name, found.region?.rawValue].compactMap { $0 }
        return "\(place.joined(separator: " ")): \(found.outcome?.failure?.message ?? "")"
    }
}
