// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps the progress line of a local run up to date, five times a second at most.
struct ProgressReporter: Sendable {
    private static let interval = Duration.milliseconds(200)
    let controls: Controls
    let console: Console

    /// Reports until cancelled.
    ///
    /// At once where nobody would see it.
    func report() async {
        guard console.isTerminal else { return }
        var line: ProgressLine?
        while !Task.isCancelled {
            guard let record = try? await controls.store.run(controls.run) else { return }
            let now = ContinuousClock.now
            let progress = line ?? ProgressLine(counts: record.counts, now: now)
            line = progress
            console.show(
                progress: progress.text(
                    record.counts, isPlanned: record.state != .planning, note: note,
                    width: ProcessEnvironment.columns(of: STDERR_FILENO), now: now))
            do { try await ContinuousClock().sleep(for: Self.interval) } catch { return }
        }
    }

    private var note: String? {
        let status = controls.status
        return switch status?.stopReason {
        case .interrupted, .cancelled: "stopping"
        case .raisedException: "stopping at the first failure"
        case .callerCredentials: "stopping: credentials ended"
        case .planningFailed: "stopping: the plan failed"
        case nil: status?.hindrance.map { "waiting: \($0.code ?? $0.type)" }
        }
    }
}
