// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Says how a run gets on, until cancelled: in a line that is drawn anew on a terminal, in a line for each change elsewhere.
struct ProgressReporter: Sendable {
    /// The time between two drawings of the line.
    private static let redrawing = Duration.milliseconds(200)
    /// The time between two lines.
    private static let pause = Duration.seconds(1)
    /// How long tasks wait before somebody is told why; workers that come back are not worth a word.
    private static let patience = Duration.seconds(5)

    let follower: RunFollower
    let console: Console
    /// Whether changes are told where there is no terminal.
    let tellsChanges: Bool
    var clock = LinkClock.system

    /// Reports until cancelled.
    func report() async {
        await withTaskGroup(of: Void.self) { group in
            if console.isTerminal {
                group.addTask { await redraw() }
            } else if tellsChanges {
                group.addTask { await tell() }
            }
            group.addTask { await tellWaits() }
        }
    }

    // MARK: On a terminal

    private func redraw() async {
        var line: ProgressLine?
        // A run that is soon over has a line too.
        for await _ in follower.changes where follower.latest != nil { break }
        while !Task.isCancelled {
            if let snapshot = follower.latest {
                let now = clock.now()
                let progress = line ?? ProgressLine(counts: snapshot.record.counts, now: now)
                line = progress
                console.show(
                    progress: progress.text(
                        snapshot.record.counts, isPlanned: snapshot.record.state != .planning,
                        note: Self.note(snapshot.status), width: ProcessEnvironment.columns(of: STDERR_FILENO), now: now
                    ))
            }
            do { try await clock.sleep(Self.redrawing) } catch { return }
        }
    }

    private static func note(_ status: RunStatus) -> String? {
        switch status.stopReason {
        case .interrupted, .cancelled: "stopping"
        case .raisedException: "stopping at the first failure"
        case .callerCredentials: "stopping: credentials ended"
        case .planningFailed, .invalidRequest: "stopping: the plan failed"
        case nil:
            status.lacking == nil
                ? status.hindrance.map { "waiting: \($0.code ?? $0.type)" } : "waiting for a worker"
        }
    }

    // MARK: Elsewhere

    private func tell() async {
        var told: RunCounts?
        for await _ in follower.changes {
            guard let record = follower.latest?.record, record.counts != told else { continue }
            told = record.counts
            if !console.isQuiet { console.say("cove: \(ProgressLine.totals(record))") }
            do { try await clock.sleep(Self.pause) } catch { return }
        }
    }

    /// Says what no worker can do, once it has lasted: somebody has to start one.
    private func tellWaits() async {
        var told: String?
        for await _ in follower.changes {
            guard let lacking = follower.latest?.status.lacking, lacking != told else { continue }
            do { try await clock.sleep(Self.patience) } catch { return }
            guard follower.latest?.status.lacking == lacking else { continue }
            told = lacking
            console.say("cove: tasks wait: \(lacking)")
        }
    }
}
