// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging
import Synchronization

/// The host processes of this worker: one for each file with a function, as long as it is used.
final class PythonHosts: Sendable {
    private struct State {
        var hosts: [PythonFile: PythonHost] = [:]
        var failures: [PythonFile: (failure: Failure, at: ContinuousClock.Instant)] = [:]
    }

    /// A host that is to be started.
    private struct Start: Sendable {
        let file: PythonFile
        let host: PythonHost
    }

    /// How many hosts are kept though nobody uses them, and for how long.
    private static let idle = 4
    private static let idleLife = Duration.seconds(60)
    /// How long a file that could not be loaded is not tried again: what it lacked may be installed meanwhile.
    private static let failureLife = Duration.seconds(30)

    let settings: PythonSettings
    private let logger: Logger
    private let state = Mutex(State())
    private let starts = MessageChannel<Start>(capacity: 64)

    /// Hosts of these settings.
    init(settings: PythonSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Runs the host processes that are asked for, until cancelled; then none of them is left.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.endUnused() }
            while let start = await starts.receive() {
                group.addTask { await self.perform(start) }
            }
            starts.close()
            for host in state.withLock({ Array($0.hosts.values) }) { host.close() }
        }
    }

    /// Ends hosts that nobody has used for a while, until cancelled.
    private func endUnused() async {
        while (try? await ContinuousClock().sleep(for: Self.idleLife / 4)) != nil {
            let now = ContinuousClock.now
            let unused = state.withLock { state -> [PythonHost] in
                let unused = state.hosts.filter { $1.unusedSince.map { now - $0 > Self.idleLife } ?? false }
                for file in unused.keys { state.hosts[file] = nil }
                return Array(unused.values)
            }
            for host in unused { host.close() }
        }
    }

    /// Gives the body the host of a file, started where there is none, which nobody ends for want of use meanwhile.
    ///
    /// - Throws: `Failure` when the file could not be loaded a moment ago, or nothing is started any more; `CancellationError`; what
    ///   the body throws.
    func with<Result: Sendable>(
        _ file: PythonFile, _ body: (PythonHost) async throws -> Result
    ) async throws -> Result {
        let host = try await host(for: file)
        defer { host.use(-1) }
        return try await body(host)
    }

    /// The host of a file, in use.
    private func host(for file: PythonFile, now: ContinuousClock.Instant = .now) async throws -> PythonHost {
        let (host, isNew, unused) = try state.withLock { state -> (PythonHost, Bool, PythonHost?) in
            if let known = state.failures[file] {
                if now - known.at < Self.failureLife { throw known.failure }
                state.failures[file] = nil
            }
            if let host = state.hosts[file], !host.hasEnded {
                host.use(1)
                return (host, false, nil)
            }
            let host = PythonHost(settings: settings, logger: logger)
            host.use(1)
            var unused: PythonHost?
            let idle = state.hosts.compactMap { file, host in host.unusedSince.map { (file, host, $0) } }
            if idle.count >= Self.idle, let oldest = idle.min(by: { $0.2 < $1.2 }) {
                unused = oldest.1
                state.hosts[oldest.0] = nil
            }
            state.hosts[file] = host
            return (host, true, unused)
        }
        unused?.close()
        if isNew {
            // A task of its own, awaited on the spot: others may wait for the host already when who needed it first is cancelled.
            guard await Task(operation: { await starts.send(Start(file: file, host: host)) }).value else {
                state.withLock { state in
                    if state.hosts[file] === host { state.hosts[file] = nil }
                }
                let failure = PythonHost.notStarted("this worker is ending", isRetryable: true)
                host.fail(failure)
                host.use(-1)
                try Task.checkCancellation()
                throw failure
            }
        }
        return host
    }

    /// Starts a host's process and speaks with it to its end.
    private func perform(_ start: Start) async {
        let host = start.host
        do {
            try await PythonHostProcess(file: start.file, host: host, settings: settings, logger: logger).run()
        } catch let problem as PythonProblem {
            host.fail(problem.failure)
        } catch {
            // Descriptors, processes and memory: there may be enough of them soon.
            host.fail(PythonHost.notStarted("Python could not be started: \(error)", isRetryable: true))
        }
        state.withLock { state in
            // How one ends that was closed for want of use, or to make room, says nothing of its file.
            guard state.hosts[start.file] === host else { return }
            state.hosts[start.file] = nil
            // Files come and go with artefacts; what failed long ago need not be known.
            if state.failures.count >= 64 { state.failures = [:] }
            if let failure = host.failure, failure.isRetryable != true { state.failures[start.file] = (failure, .now) }
        }
    }
}
