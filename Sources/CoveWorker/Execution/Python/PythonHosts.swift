// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging
import Subprocess
import Synchronization

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

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
    /// How long a host may take to end by itself, once its channel is closed.
    static let closeLimit = Duration.seconds(3)
    /// How much of the end of what a host itself writes is kept for diagnosis.
    private static let diagnosisBytes = 4 << 10

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

    /// The host of a file, started where there is none.
    ///
    /// - Throws: `Failure` when the file could not be loaded a moment ago, or nothing is started any more; `CancellationError`.
    func host(for file: PythonFile, now: ContinuousClock.Instant = .now) async throws -> PythonHost {
        let (host, isNew, unused) = try state.withLock { state -> (PythonHost, Bool, PythonHost?) in
            if let known = state.failures[file] {
                if now - known.at < Self.failureLife { throw known.failure }
                state.failures[file] = nil
            }
            if let host = state.hosts[file], !host.hasEnded { return (host, false, nil) }
            let host = PythonHost(settings: settings, logger: logger)
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
            guard await starts.send(Start(file: file, host: host)) else {
                state.withLock { $0.hosts[file] = nil }
                try Task.checkCancellation()
                throw PythonHost.notStarted("this worker is ending")
            }
        }
        return host
    }

    /// Starts a host's process and speaks with it to its end.
    private func perform(_ start: Start) async {
        let host = start.host
        do {
            try await launch(start)
        } catch let problem as PythonProblem {
            host.fail(problem.failure)
        } catch {
            host.fail(PythonHost.notStarted("Python could not be started: \(error)"))
        }
        state.withLock { state in
            if state.hosts[start.file] === host { state.hosts[start.file] = nil }
            // Files come and go with artefacts; what failed long ago need not be known.
            if state.failures.count >= 64 { state.failures = [:] }
            if let failure = host.failure { state.failures[start.file] = (failure, .now) }
        }
    }

    private func launch(_ start: Start) async throws {
        let interpreter = try settings.locateInterpreter(workingDirectory: ".").get()
        let sources = try PythonSources(below: settings.folder)
        var control = try SocketPair()
        var options = PlatformOptions()
        // Ctrl-C on Cove's terminal is not for it: its tasks are ended one by one.
        options.createSession = true
        let configuration = Configuration(
            executable: .path(FilePath(interpreter)), arguments: [sources.path(of: "cove_file.py")],
            environment: .custom(ProgramEnvironment(settings.environment).inherited), platformOptions: options)
        let host = start.host
        // Before there is a process: one that ends at once is still heard.
        let connection = try await host.connect(control.takeOwn(), loading: start.file)
        let given = control.takeGiven()
        // A task of its own, awaited on the spot: who is cancelled would have the library kill the host at once, before it has killed
        // what its children started.
        let running = Task { () -> Result<OutputTail, any Error> in
            do {
                return .success(
                    try await Subprocess.run(
                        configuration,
                        input: .fileDescriptor(FileDescriptor(rawValue: given), closeAfterSpawningProcess: true),
                        output: .sequence, error: .combinedWithOutput
                    ) { execution in
                        await self.attend(execution.standardOutput, speaking: host, over: connection, start.file) {
                            try? execution.send(signal: .kill, toProcessGroup: true)
                        }
                    }.closureResult)
            } catch {
                await host.abandon(connection)
                return .failure(error)
            }
        }
        let result = await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            host.close()
        }
        let said = OutputTail.text(try result.get().bytes, limit: Self.diagnosisBytes)
        host.fail(
            PythonHost.notStarted(
                "the Python process ended before it had loaded \(start.file.path)" + (said.isEmpty ? "" : ": \(said)")))
    }

    /// What ends while a host runs.
    private enum Part: Sendable {
        case output(OutputTail), talk, watch
    }

    /// Speaks with a host, reads what it writes, and ends it when it does not end by itself.
    private func attend(
        _ output: SubprocessOutputSequence, speaking host: PythonHost, over connection: PythonHost.Connection,
        _ file: PythonFile, kill: @escaping @Sendable () -> Void
    ) async -> OutputTail {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                var tail = OutputTail(capacity: Self.diagnosisBytes)
                do {
                    for try await part in output { part.withUnsafeBytes { tail.append($0) } }
                } catch {
                    self.logger.debug("what a python process writes cannot be read", metadata: ["error": "\(error)"])
                }
                return .output(tail)
            }
            group.addTask {
                await host.speak(over: connection)
                return .talk
            }
            group.addTask {
                // Loading may take its time, and no more; then it is told to end, and ended where it does not.
                if await host.outlasts(self.settings.loadLimit) {
                    host.fail(
                        PythonHost.notStarted(
                            "\(file.path) was not loaded within \(self.settings.loadLimit.components.seconds) s"))
                    host.close()
                }
                await host.waitUntilClosed()
                do { try await ContinuousClock().sleep(for: Self.closeLimit) } catch { return .watch }
                kill()
                return .watch
            }
            var tail: OutputTail?
            var isTalking = true
            for await part in group {
                switch part {
                case .output(let output):
                    tail = output
                    // The process has ended; what it said last is heard, and who else has its channel is not waited for.
                    group.addTask {
                        try? await ContinuousClock().sleep(for: Self.closeLimit)
                        host.close()
                        return .watch
                    }
                case .talk: isTalking = false
                case .watch: break
                }
                if tail != nil, !isTalking { group.cancelAll() }
            }
            return tail ?? OutputTail(capacity: 0)
        }
    }
}
