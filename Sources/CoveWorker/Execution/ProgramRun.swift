// SPDX-License-Identifier: Apache-2.0

import Subprocess

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// One execution of a program, from its start until no process of its group is left.
///
/// The program leads a session of its own. Ctrl-C on Cove's terminal does not reach it, one signal reaches it and all
/// that it started in its group, and it has no terminal: a program that would ask for a password there fails at once,
/// where one in a mere background group would be stopped by the kernel and hang until the task's timeout. Who leaves
/// the group (`setsid`, a shell's job control) is not followed, and is not waited for either.
struct ProgramRun: Sendable {
    /// How the program ended, and what it wrote.
    struct Ended: Sendable {
        /// How the program itself ended.
        var status = TerminationStatus.exited(0)
        /// Whether it was ended because the task was cancelled.
        var wasCancelled = false
        /// When its group was asked to end; nil when it ended by itself.
        var askedToEnd: ContinuousClock.Instant?
        /// What it wrote to stdout; nil when that was over the limit.
        var output: [UInt8]?
        /// The end of what it wrote to stderr.
        var diagnosis = OutputTail(capacity: 0)
        /// Why a stream could not be read to its end, where that happened.
        var unreadable: String?
    }

    /// Why there is no end to tell of: the program was not started, or was lost sight of.
    struct NotRun: Error {
        let wasStarted: Bool
        let code: SubprocessError.Code?
        let errno: Errno?

        /// Whether it was not started because something has its file open for writing.
        var meansBusy: Bool { !wasStarted && errno == .textFileBusy }
    }

    /// All of argv, the name first.
    let arguments: [String]
    private let configuration: Configuration
    private let limits: ProgramLimits
    private let diagnosisBytes: Int
    private let gate: ProgramGate

    /// A run of the file at `path`.
    ///
    /// - Parameters:
    ///   - path: The executable file.
    ///   - arguments: All of argv, the name first.
    ///   - environment: The entries of the environment, each with a final NUL.
    ///   - workingDirectory: The folder to run in; nil for this process's.
    ///   - limits: What the program may cost.
    ///   - diagnosisBytes: How much of the end of stderr is kept.
    ///   - gate: What the start waits for.
    init(
        path: String, arguments: [String], environment: [[UInt8]], workingDirectory: String?, limits: ProgramLimits,
        diagnosisBytes: Int, gate: ProgramGate
    ) {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = Self.ending(limits.killGrace)
        configuration = Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(
                executablePathOverride: arguments.first, remainingValues: Array(arguments.dropFirst())),
            environment: .custom(environment), workingDirectory: workingDirectory.map { FilePath($0) },
            platformOptions: options)
        self.arguments = arguments
        self.limits = limits
        self.diagnosisBytes = diagnosisBytes
        self.gate = gate
    }

    /// Runs the program to its end.
    ///
    /// Where the task is cancelled the program is asked to end, then killed, and its end is awaited.
    ///
    /// - Throws: `NotRun`.
    func callAsFunction() async throws -> Ended {
        guard await gate.enter() else { throw NotRun(wasStarted: false, code: nil, errno: .tooManyOpenFiles) }
        let (stops, stop) = AsyncStream.makeStream(of: Stop.self, bufferingPolicy: .bufferingOldest(1))
        // A task of its own, awaited on the spot: cancellation must not reach what ends the program, where it would
        // close the pipes under a program that is cleaning up and cut its time short.
        let running = Task { await supervise(stops, stop) }
        let (group, result) = await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            // When the streams are done with, nobody takes stops any more: then the library ends the program.
            if case .terminated = stop.yield(.cancelled) { running.cancel() }
        }
        if let group, group.hasMembers {
            let askedToEnd = try? result.get().askedToEnd
            // Likewise: who is cancelled cannot wait.
            await Task { await group.end(askedToEnd: askedToEnd, grace: limits.killGrace) }.value
        }
        return try result.get()
    }
}

// MARK: - Supervision

extension ProgramRun {
    /// Why a program is ended before its time.
    private enum Stop: Sendable {
        case cancelled, outputTooLarge, unreadable
    }

    /// What happens while a program writes; each once.
    private enum Event: Sendable {
        case stopped(Stop?, at: ContinuousClock.Instant)
        case output([UInt8]?, unreadable: String?)
        case diagnosis(OutputTail, unreadable: String?)
    }

    private typealias Running = Execution<NoInput, SequenceOutput, SequenceOutput>

    private static func ending(_ grace: Duration) -> [TeardownStep] {
        [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)]
    }

    /// Starts the program and waits for its exit.
    private func supervise(
        _ stops: AsyncStream<Stop>, _ stop: AsyncStream<Stop>.Continuation
    ) async -> (ProgramGroup?, Result<Ended, NotRun>) {
        var group: ProgramGroup?
        do {
            let result = try await Subprocess.run(configuration, input: .none, output: .sequence, error: .sequence) {
                execution in
                group = ProgramGroup(id: execution.processIdentifier.value)
                gate.leave()
                return await attend(execution, stops, stop)
            }
            var ended = result.closureResult
            ended.status = result.terminationStatus
            if Task.isCancelled {
                ended.wasCancelled = true
                ended.askedToEnd = ended.askedToEnd ?? .now
            }
            return (group, .success(ended))
        } catch {
            if group == nil { gate.leave() }
            stop.finish()
            let error = error as? SubprocessError
            return (
                group, .failure(NotRun(wasStarted: group != nil, code: error?.code, errno: error?.underlyingError))
            )
        }
    }

    /// Reads what a program writes, and ends it where it must be ended.
    ///
    /// Returns when it has exited or closed its streams. The program is reaped after that, so until then its number is its
    /// own and signals cannot go astray.
    private func attend(
        _ execution: Running, _ stops: AsyncStream<Stop>, _ stop: AsyncStream<Stop>.Continuation
    ) async -> Ended {
        await withTaskGroup(of: Event.self) { group in
            let process = execution.processIdentifier.value
            group.addTask { await collect(execution.standardOutput, of: process, stop) }
            group.addTask { await collectEnd(execution.standardError, of: process, stop) }
            group.addTask {
                guard let reason = await stops.first(where: { _ in true }) else { return .stopped(nil, at: .now) }
                let time = ContinuousClock.now
                await execution.teardown(using: Self.ending(limits.killGrace))
                return .stopped(reason, at: time)
            }
            var ended = Ended()
            var open = 2
            for await event in group {
                switch event {
                case .stopped(let reason?, let time):
                    ended.askedToEnd = time
                    ended.wasCancelled = reason == .cancelled
                    continue
                case .stopped(nil, _): continue
                case .output(let bytes, let problem):
                    ended.output = bytes
                    ended.unreadable = ended.unreadable ?? problem
                case .diagnosis(let tail, let problem):
                    ended.diagnosis = tail
                    ended.unreadable = ended.unreadable ?? problem
                }
                open -= 1
                if open == 0 { stop.finish() }
            }
            return ended
        }
    }
}

// MARK: - Streams

extension ProgramRun {
    /// How much is read of a stream after the program's exit.
    ///
    /// 1 MiB, as much as a pipe can hold: what comes after that was written by others, perhaps without end.
    private static let pipeBytes = 1 << 20

    /// All of a stream, up to the limit.
    ///
    /// A program that goes over it is ended; until then the rest is read and forgotten.
    private func collect(
        _ stream: SubprocessOutputSequence, of process: pid_t, _ stop: AsyncStream<Stop>.Continuation
    ) async -> Event {
        var output: [UInt8]? = []
        let problem = await read(stream, of: process, stop) { chunk in
            guard let count = output?.count else { return }
            if count + chunk.count <= limits.resultBytes {
                output?.append(contentsOf: chunk)
            } else {
                output = nil
                stop.yield(.outputTooLarge)
            }
        }
        return .output(output, unreadable: problem)
    }

    private func collectEnd(
        _ stream: SubprocessOutputSequence, of process: pid_t, _ stop: AsyncStream<Stop>.Continuation
    ) async -> Event {
        var tail = OutputTail(capacity: diagnosisBytes)
        let problem = await read(stream, of: process, stop) { tail.append($0) }
        return .diagnosis(tail, unreadable: problem)
    }

    /// Reads a stream to its end, or, once the program has exited, as far as it is filled: the library waits for no
    /// more then.
    ///
    /// - Returns: why it could not be read; the program is then ended.
    private func read(
        _ stream: SubprocessOutputSequence, of process: pid_t, _ stop: AsyncStream<Stop>.Continuation,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) async -> String? {
        var iterator = stream.makeAsyncIterator()
        var rest = Self.pipeBytes
        do {
            while rest > 0, let chunk = try await iterator.next() {
                chunk.withUnsafeBytes(take)
                if Self.hasExited(process) { rest -= chunk.count }
            }
            return nil
        } catch {
            stop.yield(.unreadable)
            return (error as? SubprocessError)?.underlyingError.map { "\($0)" } ?? "unknown error"
        }
    }

    /// Whether a child has exited; it stays to be reaped.
    private static func hasExited(_ process: pid_t) -> Bool {
        var status = siginfo_t()
        return waitid(P_PID, id_t(process), &status, WEXITED | WNOHANG | WNOWAIT) == 0 && status.si_signo == SIGCHLD
    }
}
