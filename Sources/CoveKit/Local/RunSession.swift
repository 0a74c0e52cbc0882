// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Logging

/// A local run as a command sees it: the run itself, its progress and signals, its results, and the command's end.
struct RunSession: Sendable {
    let run: LocalRun
    let folders: RunFolders
    let console: Console
    let output: OutputTarget

    /// Runs to the end, writes the results, and says how it went.
    ///
    /// - Throws: `CommandFailure` unless every task succeeded.
    func perform() async throws {
        let resumption = folders.command("resume", run.id)
        let settled = SettledWriter(
            output, store: run.store, run: run.id, keptFor: folders.command("results", run.id))
        let ending = try await run.execute { controls in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await StopSignals(controls: controls, console: console, resumption: resumption).watch()
                }
                group.addTask { await ProgressReporter(controls: controls, console: console).report() }
                group.addTask { await settled.follow(controls) }
            }
        }
        StopSignals.leaveAtOnce()
        console.show(progress: "")
        if let error = ending.planningError, ending.record.counts.total == 0 { throw error }
        try await settled.finish()
        try await conclude(ending, resumption)
    }

    private func conclude(_ ending: LocalRun.Ending, _ resumption: String) async throws {
        let counts = ending.record.counts
        let isComplete = ending.record.state == .completed
        if let error = ending.planningError {
            let failure = CommandFailure(error)
            throw CommandFailure(
                .unavailable, failure.lines + ["the plan is not finished", "go on with: \(resumption)"])
        }
        switch ending.stopReason {
        case .callerCredentials(let failure) where !isComplete:
            throw CommandFailure(
                .unavailable,
                [
                    "the credentials that assume the roles are no longer valid: \(failure.message)",
                    "\(summary(counts)); renew them first",
                    "go on with: \(resumption)",
                ])
        case .raisedException(let task):
            throw CommandFailure(
                .failure,
                [
                    try await describe(task), "stopped at the first failure: \(summary(counts))",
                    "go on with: \(resumption)",
                ])
        case .interrupted where !isComplete:
            throw CommandFailure(.interrupted, ["interrupted: \(summary(counts))", "go on with: \(resumption)"])
        default: break
        }
        guard counts.unsuccessful > 0 else {
            console.note("cove: \(summary(counts)) · run \(run.id)")
            return
        }
        let lines = [summary(counts), "try again with: \(folders.command("retry", run.id))"]
        throw CommandFailure(.failure, console.isQuiet ? [] : lines)
    }

    private func summary(_ counts: RunCounts) -> String {
        var parts = ["\(counts.succeeded) of \(counts.total) tasks succeeded"]
        if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        if counts.roleNotAssumed > 0 { parts.append("\(counts.roleNotAssumed) roles not assumed") }
        let left = counts.ready + counts.leased
        if left > 0 { parts.append("\(left) not run") }
        return parts.joined(separator: ", ")
    }

    /// The first failure of a run that stops at it, with its place.
    private func describe(_ task: TaskID) async throws -> String {
        guard let found = try await run.store.unsuccessfulTask(task, of: run.id) else {
            return "a task did not succeed"
        }
        let place = [found.account.id.rawValue, found.account.name, found.region?.rawValue].compactMap { $0 }
        return "\(place.joined(separator: " ")): \(found.outcome?.failure?.message ?? "")"
    }
}
