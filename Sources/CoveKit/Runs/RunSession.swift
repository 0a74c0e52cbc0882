// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import UnixSignals

/// A run as a command follows it: its progress, what signals do, its results, and the command's end.
struct RunSession: Sendable {
    let run: RunID
    let service: any RunService
    let place: any RunPlace
    let console: Console
    let output: OutputTarget
    let interruption: Interruption
    /// Whether changes are told where standard error is no terminal.
    var tellsChanges = false
    /// Whether `resume` can go on with the run.
    var isResumable = true

    /// Follows the run to its end, writes the results, and says how it went.
    ///
    /// - Throws: `CommandFailure` unless every task succeeded.
    func perform() async throws {
        let settled = SettledWriter(output, reader: service, run: run, keptFor: place.command("results", run))
        let ended = try await follow(writing: settled)
        StopSignals.leaveAtOnce()
        console.show(progress: "")
        let ending = RunEnding(ended, place: place)
        if let failure = ending.planningFailure { throw failure }
        try await settled.finish()
        if let failure = try await ending.failure(in: service, isQuiet: console.isQuiet) { throw failure }
        console.note("cove: \(ending.summary) · run \(run)")
    }

    /// The parts of following: each may be the one that ends it.
    private enum Part: Sendable {
        case over(RunSnapshot)
        case left
        case other
    }

    private var advice: String {
        isResumable
            ? "\(place.command("resume", run)) goes on with the run"
            : "\(place.command("results", run)) shows what was recorded"
    }

    private func follow(writing settled: SettledWriter) async throws -> RunSnapshot {
        let follower = RunFollower(run, of: service)
        let signals = await StopSignals.trap()
        return try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask { .over(try await follower.follow()) }
            group.addTask {
                switch interruption {
                case .stops(let controls):
                    await StopSignals(controls: controls, console: console, advice: advice).watch(signals)
                    return .other
                case .leaves:
                    for await _ in signals { return .left }
                    return .other
                }
            }
            group.addTask {
                await ProgressReporter(follower: follower, console: console, tellsChanges: tellsChanges).report()
                return .other
            }
            group.addTask {
                await settled.follow(follower.changes)
                return .other
            }
            defer { group.cancelAll() }
            while let part = try await group.next() {
                switch part {
                case .over(let snapshot): return snapshot
                case .left: throw left()
                case .other: break
                }
            }
            throw CancellationError()
        }
    }

    /// What is said when the command ends and the run does not.
    private func left() -> CommandFailure {
        console.show(progress: "")
        return CommandFailure(
            .interrupted,
            [
                "the run goes on without this command", "watch it with: \(place.command("watch", run))",
                "stop it with: \(place.command("cancel", run))",
            ])
    }
}
