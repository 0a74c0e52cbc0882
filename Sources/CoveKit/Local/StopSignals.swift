// SPDX-License-Identifier: Apache-2.0

import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns signals into the three steps of stopping.
///
/// The first SIGINT or SIGTERM stops leasing, the second ends what runs, the third ends the process. After SIGTERM the second step comes by
/// itself: who sends it (a supervisor, a shutdown) follows it with SIGKILL.
struct StopSignals: Sendable {
    /// How long attempts may finish after SIGTERM; below the 30 s and more that supervisors grant.
    static let drainDeadline = Duration.seconds(20)

    let controls: Controls
    let console: Console
    /// The command that goes on with the run.
    let resumption: String

    /// Watches until cancelled.
    func watch() async {
        await withTaskGroup(of: Void.self) { group in
            var step = 0
            for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
                step += 1
                switch step {
                case 1:
                    await stopLeasing()
                    if signal == .sigterm { group.addTask { await self.cancelAfterDeadline() } }
                case 2: await cancelAttempts()
                default:
                    console.show(progress: "")
                    console.say("cove: left at once; \(resumption) goes on with the run")
                    _exit(ExitStatus.interrupted.rawValue)
                }
            }
            group.cancelAll()
        }
    }

    /// Gives signals their usual meaning again: once nothing runs, Ctrl-C ends a command that waits for a reader of its
    /// results.
    static func release() {
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }

    private func stopLeasing() async {
        await controls.stopLeasing()
        let attempts = controls.attempts
        if attempts == 0 {
            console.say("cove: stopping")
        } else {
            console.say(
                "cove: stopping: \(attempts) running \(attempts == 1 ? "attempt" : "attempts") will be finished; Ctrl-C again ends them"
            )
        }
    }

    private func cancelAttempts() async {
        console.say("cove: ending what runs; Ctrl-C again leaves at once")
        await controls.cancelAttempts()
    }

    private func cancelAfterDeadline() async {
        do { try await ContinuousClock().sleep(for: Self.drainDeadline) } catch { return }
        await cancelAttempts()
    }
}
