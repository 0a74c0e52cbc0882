// SPDX-License-Identifier: Apache-2.0

import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// One execution of a program, from its start until no process of its group is left.
///
/// The program leads a session of its own. Ctrl-C on Cove's terminal does not reach it, one signal reaches it and all that it started
/// in its group, and it has no terminal: a program that would ask for a password there fails at once, where one in a mere
/// background group would be stopped by the kernel and hang until the task's timeout. Who leaves the group
/// (`setsid`, a shell's job control) is not followed, and is not waited for either.
struct ProgramRun: Sendable {
    /// How the program ended, and what it wrote.
    struct Ended: Sendable {
        /// How the program itself ended.
        var status: TerminationStatus
        /// Whether it was ended because the task was cancelled.
        var wasCancelled: Bool
        /// What it wrote to stdout; nil when that was over the limit.
        var output: [UInt8]?
        /// The end of what it wrote to stderr.
        var diagnosis: OutputTail
        /// Why a stream could not be read to its end, where that happened.
        var unreadable: String?
    }

    /// Why there is no end to tell of: the program was not started, or was lost sight of.
    struct NotRun: Error {
        let wasStarted: Bool
        let code: SubprocessError.Code?
        let errno: Errno?
    }

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
    ///   - limits: What the program may cost.
    ///   - diagnosisBytes: How much of the end of stderr is kept.
    ///   - gate: What the start waits for.
    init(
        path: String, arguments: [String], environment: [[UInt8]], limits: ProgramLimits, diagnosisBytes: Int,
        gate: ProgramGate
    ) {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = Self.ending(limits.killGrace)
        configuration = Configuration(
            executable: .path(FilePath(path)),
            arguments: Arguments(
                executablePathOverride: arguments.first, remainingValues: Array(arguments.dropFirst())),
            environment: .custom(environment), platformOptions: options)
        self.limits = limits
        self.diagnosisBytes = diagnosisBytes
        self.gate = gate
    }

    /// Runs the program to its end. Where the task is cancelled the program is asked to end, then killed, and its end is awaited.
    ///
    /// - Throws: `NotRun`.
    func callAsFunction() async throws -> Ended {
        let (stops, stop) = AsyncStream.makeStream(of: Stop.self, bufferingPolicy: .bufferingOldest(1))
        return try await withTaskCancellationHandler {
            // A task of its own, awaited on the spot: cancellation must not reach what ends the program, where it would close
            // the pipes under a program that is cleaning up and cut its time short.
            try await Task { try await supervise(stops, stop) }.value
        } onCancel: {
            stop.yield(.cancelled)
        }
    }
}

// MARK: - Supervision

extension ProgramRun {
    /// Why a program is ended before its time.
    private enum Stop: Sendable {
        case cancelled, outputTooLarge, unreadable
    }

    /// What happens to a running program; each once.
    private enum Event: Sendable {
        case exited
        case stopped(Stop?, at: ContinuousClock.Instant)
        case output([UInt8]?, unreadable: String?)
        case diagnosis(OutputTail, unreadable: String?)
    }

    private typealias Running = Execution<NoInput, SequenceOutput, SequenceOutput>

    /// How much is read of a stream after the program's exit: as much as a pipe can hold. What comes after that is not the program's.
    private static let pipeBytes = 1 << 20

    private static func ending(_ grace: Duration) -> [TeardownStep] {
        [.send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)]
    }

    private func supervise(_ stops: AsyncStream<Stop>, _ stop: AsyncStream<Stop>.Continuation) async throws -> Ended {
        guard await gate.enter() else { throw NotRun(wasStarted: false, code: nil, errno: .tooManyOpenFiles) }
        var group: ProgramGroup?
        do {
            let result = try await Subprocess.run(configuration, input: .none, output: .sequence, error: .sequence) {
                execution in
                group = ProgramGroup(id: execution.processIdentifier.value)
                gate.leave()
                return await attend(execution, stops, stop)
            }
            var (ended, askedToEnd) = result.closureResult
            ended.status = result.terminationStatus
            await group?.end(by: askedToEnd + limits.killGrace)
            return ended
        } catch {
            if group == nil { gate.leave() }
            // The library has ended the program, if there was one.
            await group?.end(by: .now + limits.killGrace)
            let error = error as? SubprocessError
            throw NotRun(wasStarted: group != nil, code: error?.code, errno: error?.underlyingError)
        }
    }

    /// Reads what a program writes, ends it where it must be ended, and returns once it has exited and its group was asked to end.
    ///
    /// The program is reaped after this returns, so until then its number is its own and signals cannot go astray.
    private func attend(
        _ execution: Running, _ stops: AsyncStream<Stop>, _ stop: AsyncStream<Stop>.Continuation
    ) async -> (Ended, askedToEnd: ContinuousClock.Instant) {
        await withTaskGroup(of: Event.self) { group in
            group.addTask { await collect(execution.standardOutput, stop) }
            group.addTask { await collectEnd(execution.standardError, stop) }
            group.addTask {
                // Signal 0 is no signal: of this teardown only its waiting for the exit is wanted.
                let wait = Duration.seconds(100 * 366 * 86_400)
                await execution.teardown(using: [
                    .send(signal: Signal(rawValue: 0), allowedDurationToNextStep: wait)
                ])
                return .exited
            }
            group.addTask {
                guard let reason = await stops.first(where: { _ in true }) else { return .stopped(nil, at: .now) }
                let time = ContinuousClock.now
                await execution.teardown(using: Self.ending(limits.killGrace))
                return .stopped(reason, at: time)
            }
            var ended = Ended(
                status: .exited(0), wasCancelled: false, output: nil, diagnosis: OutputTail(capacity: 0))
            var askedToEnd = ContinuousClock.now
            for await event in group {
                switch event {
                case .exited: stop.finish()
                case .stopped(let reason, let time):
                    askedToEnd = time
                    ended.wasCancelled = reason == .cancelled
                    // Asked once only: to some programs a second SIGTERM means "at once, without cleaning up".
                    if reason == nil { try? execution.send(signal: .terminate, toProcessGroup: true) }
                    // The readers take what is in the pipes and wait for no more: others may hold them open.
                    group.cancelAll()
                case .output(let bytes, let problem):
                    ended.output = bytes
                    ended.unreadable = ended.unreadable ?? problem
                case .diagnosis(let tail, let problem):
                    ended.diagnosis = tail
                    ended.unreadable = ended.unreadable ?? problem
                }
            }
            return (ended, askedToEnd)
        }
    }
}

// MARK: - Streams

extension ProgramRun {
    /// All of a stream, up to the limit. A program that goes over it is ended; until then the rest is read and forgotten.
    private func collect(_ stream: SubprocessOutputSequence, _ stop: AsyncStream<Stop>.Continuation) async -> Event {
        var output: [UInt8]? = []
        let problem = await read(stream, stop) { chunk in
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

    private func collectEnd(_ stream: SubprocessOutputSequence, _ stop: AsyncStream<Stop>.Continuation) async -> Event {
        var tail = OutputTail(capacity: diagnosisBytes)
        let problem = await read(stream, stop) { tail.append($0) }
        return .diagnosis(tail, unreadable: problem)
    }

    /// Reads a stream to its end, or, once the task is cancelled, as far as it is filled.
    ///
    /// - Returns: why it could not be read; the program is then ended.
    private func read(
        _ stream: SubprocessOutputSequence, _ stop: AsyncStream<Stop>.Continuation,
        _ take: (UnsafeRawBufferPointer) -> Void
    ) async -> String? {
        var iterator = stream.makeAsyncIterator()
        var rest = Self.pipeBytes
        do {
            while rest > 0, let chunk = try await iterator.next() {
                chunk.withUnsafeBytes(take)
                if Task.isCancelled { rest -= chunk.count }
            }
            return nil
        } catch {
            stop.yield(.unreadable)
            return (error as? SubprocessError)?.underlyingError.map { "\($0)" } ?? "unknown error"
        }
    }
}
