// SPDX-License-Identifier: Apache-2.0

import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a signal does to a run that a command follows.
enum Interruption: Sendable {
    /// The run is performed by this process: it is stopped, in three steps.
    case stops(RunControls)
    /// The run is performed elsewhere and goes on; the command ends.
    case leaves
}

/// Turns signals into the three steps of stopping.
///
/// The first SIGINT, SIGTERM or SIGHUP stops leasing, the second ends what runs, the third ends the process. After SIGTERM
/// and SIGHUP the second step comes by itself: who sends them (a supervisor, a terminal that was closed) follows with SIGKILL,
/// or looks no more.
struct StopSignals: Sendable {
    /// How long attempts may finish after SIGTERM or SIGHUP; below the 30 s and more that supervisors grant.
    static let drainDeadline = Duration.seconds(20)

    let controls: RunControls
    let console: Console
    /// What can be done with the run after the third.
    let advice: String

    /// Takes signals until cancelled.
    func watch(_ signals: UnixSignalsSequence) async {
        await withTaskGroup(of: Void.self) { group in
            var step = 0
            for await signal in signals {
                step += 1
                switch step {
                case 1:
                    await stopLeasing()
                    if signal != .sigint { group.addTask { await self.cancelAfterDeadline() } }
                case 2: await cancelAttempts()
                default:
                    console.show(progress: "")
                    console.say("cove: left at once; \(advice)")
                    _exit(ExitStatus.interrupted.rawValue)
                }
            }
            group.cancelAll()
        }
    }

    /// The signals that end a command.
    ///
    /// From now on they end no process by themselves: called before anybody is told of what they would interrupt.
    static func trap() async -> UnixSignalsSequence { await UnixSignalsSequence(trapping: watched) }

    /// What ends a command; SIGHUP not when it was started to outlive its terminal (nohup).
    static var watched: [UnixSignal] {
        isIgnored(SIGHUP) ? [.sigint, .sigterm] : [.sigint, .sigterm, .sighup]
    }

    /// Lets each signal end the process at once, as interrupted: before a run there is nothing to stop in steps, and after it
    /// Ctrl-C ends a command that waits for a reader of its results.
    static func leaveAtOnce() {
        for number in [SIGINT, SIGTERM] + (isIgnored(SIGHUP) ? [] : [SIGHUP]) {
            signal(number) { _ in _exit(130) }
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Glibc)
            let handler = action.__sigaction_handler.sa_handler
        #else
            let handler = action.__sigaction_u.__sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
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
