// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The process of a host that loads a file: started, spoken with, and ended.
struct PythonHostProcess: Sendable {
    /// How long a host may take to end by itself, once its channel is closed.
    static let closeLimit = Duration.seconds(3)
    /// How much of the end of what a host itself writes is kept for diagnosis.
    private static let diagnosisBytes = 4 << 10

    let file: PythonFile
    let host: PythonHost
    let settings: PythonSettings
    let logger: Logger

    /// Starts the process and speaks with it to its end.
    ///
    /// - Throws: `PythonProblem` when nothing can run here; another error when the system has no room for it.
    func run() async throws {
        let interpreter = try settings.locateInterpreter(workingDirectory: ".").get()
        let sources = try PythonSources(below: settings.folder)
        var control = try SocketPair()
        var options = PlatformOptions()
        // Ctrl-C on Cove's terminal is not for it: its tasks are ended one by one.
        options.createSession = true
        let configuration = Configuration(
            executable: .path(FilePath(interpreter)), arguments: [sources.path(of: "cove_file.py")],
            environment: .custom(ProgramEnvironment(settings.environment).inherited), platformOptions: options)
        // Before there is a process: one that ends at once is still heard.
        let connection = try await host.connect(control.takeOwn(), loading: file)
        let given = control.takeGiven()
        // A task of its own, awaited on the spot: who is cancelled would have the library kill the host at once, before it has killed
        // what its children started.
        let running = Task { () -> Result<(said: OutputTail, status: TerminationStatus), any Error> in
            do {
                let outcome = try await Subprocess.run(
                    configuration,
                    input: .fileDescriptor(FileDescriptor(rawValue: given), closeAfterSpawningProcess: true),
                    output: .sequence, error: .combinedWithOutput
                ) { execution in
                    await attend(execution.standardOutput, over: connection) {
                        try? execution.send(signal: .kill, toProcessGroup: true)
                    }
                }
                return .success((outcome.closureResult, outcome.terminationStatus))
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
        let ended = try result.get()
        let said = OutputTail.text(ended.said.bytes, limit: Self.diagnosisBytes)
        // Who is killed, as for want of memory, may live another time; who exits does so again.
        let wasKilled = if case .signaled = ended.status { true } else { false }
        host.fail(
            PythonHost.notStarted(
                "the Python process ended before it had loaded \(file.path)" + (said.isEmpty ? "" : ": \(said)"),
                isRetryable: wasKilled))
    }

    /// What ends while a host runs.
    private enum Part: Sendable {
        case output(OutputTail), talk, watch
    }

    /// Speaks with a host, reads what it writes, and ends it when it does not end by itself.
    private func attend(
        _ output: SubprocessOutputSequence, over connection: PythonHost.Connection,
        kill: @escaping @Sendable () -> Void
    ) async -> OutputTail {
        await withTaskGroup(of: Part.self) { group in
            group.addTask {
                var tail = OutputTail(capacity: Self.diagnosisBytes)
                do {
                    for try await part in output { part.withUnsafeBytes { tail.append($0) } }
                } catch {
                    logger.debug("what a python process writes cannot be read", metadata: ["error": "\(error)"])
                }
                return .output(tail)
            }
            group.addTask {
                await host.speak(over: connection)
                return .talk
            }
            group.addTask {
                // Loading may take its time, and no more; then it is told to end, and ended where it does not.
                if await host.outlasts(settings.loadLimit) {
                    host.fail(
                        PythonHost.notStarted(
                            "\(file.path) was not loaded within \(settings.loadLimit.components.seconds) s"))
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
