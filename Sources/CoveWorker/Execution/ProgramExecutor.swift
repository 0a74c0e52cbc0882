// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import Subprocess

/// Runs programs, each for one attempt, with a session's credentials in its environment (design: the command line,
/// `exec`).
///
/// An attempt ends in bounded time once its program has exited or is to end, whatever the program left behind: the
/// processes of its group are asked to end, and killed after the limits' grace.
package struct ProgramExecutor: Sendable {
    /// How often and how far apart a program is started anew whose file something has open for writing.
    private static let busyStarts = 20
    private static let busyPause = Duration.milliseconds(25)

    private let variables: [String: String]
    private let environment: ProgramEnvironment
    private let limits: ProgramLimits
    private let gate: ProgramGate
    let folders: TaskFolders
    let credentials: CredentialServer

    /// An executor whose programs inherit `environment`, which the composition root has read.
    package init(environment: [String: String], limits: ProgramLimits) {
        self.init(environment: environment, limits: limits, gate: ProgramGate())
    }

    /// An executor with a gate of its own kind, for tests.
    init(environment: [String: String], limits: ProgramLimits, gate: ProgramGate) {
        variables = environment
        self.environment = ProgramEnvironment(environment)
        self.limits = limits
        self.gate = gate
        let temporary = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        folders = TaskFolders(parent: temporary ?? "/tmp")
        credentials = CredentialServer()
    }

    /// Runs a program and gives the result that it printed; nil when it printed none.
    ///
    /// The program has an empty stdin, the folder and the limits that its settings name, and a session of its own. A
    /// relative path is looked up in the folder that the run was made in.
    ///
    /// - Throws: `Failure`, with the types `NotSupported`, `ProgramNotStarted`, `ProgramFailed`, `OutputTooLarge` and
    ///   `InvalidOutput`; `CancellationError` when the task was cancelled and the program therefore ended.
    package func run(_ program: ProgramSpecification, in session: ProgramSession) async throws -> JSONText? {
        try Task.checkCancellation()
        return try await withSurroundings(of: program, in: session) { surroundings in
            try await run(program, in: session, surroundings)
        }
    }

    private func run(
        _ program: ProgramSpecification, in session: ProgramSession, _ surroundings: ProgramSurroundings
    ) async throws -> JSONText? {
        let failures = ProgramFailures(program: program, session: session, limits: limits, pass: surroundings.pass)
        let run = try preparation(of: program, in: session, surroundings, failures)
        let ended = try await start(run, failures)
        if ended.wasCancelled { throw CancellationError() }
        if let reason = ended.unreadable { throw failures.unreadable(reason, ended) }
        guard let output = ended.output else { throw failures.outputTooLarge(ended) }
        guard ended.status.isSuccess else {
            throw failures.ended(ended, launching: MemoryLauncher.program(of: run.arguments))
        }
        do throws(OutputProblem) {
            return try ProgramOutput(bytes: output).result(program.parsing)
        } catch {
            throw failures.invalidOutput(error, ended)
        }
    }

    /// Starts a program and gives how it ended.
    ///
    /// What was forked for another slot while a program's file was unpacked has it open for writing until it becomes its own program: that
    /// is waited for.
    private func start(_ run: ProgramRun, _ failures: ProgramFailures) async throws -> ProgramRun.Ended {
        var starts = 0
        while true {
            starts += 1
            let isLast = starts == Self.busyStarts
            do {
                let ended = try await run()
                let path = MemoryLauncher.program(of: run.arguments)
                guard !isLast, failures.isBusy(ended, launching: path) else { return ended }
            } catch let error as ProgramRun.NotRun {
                guard !isLast, error.meansBusy else { throw failures.notRun(error) }
            }
            try await ContinuousClock().sleep(for: Self.busyPause)
        }
    }

    private func preparation(
        of program: ProgramSpecification, in session: ProgramSession, _ surroundings: ProgramSurroundings,
        _ failures: ProgramFailures
    ) throws -> ProgramRun {
        let arguments = try arguments(of: program, in: session, failures)
        let entries = environment.entries(
            for: session, pass: surroundings.pass, folder: surroundings.folder, caller: program.workingDirectory)
        guard let entries else {
            throw failures.notStarted("the session's credentials or information hold a NUL byte")
        }
        switch Self.locate(
            program.program, environment: variables, workingDirectory: program.workingDirectory ?? ".",
            files: session.files)
        {
        case .failure(let problem): throw failures.notLocated(problem)
        case .success(let path):
            let command = try command(program, path: path, arguments, failures)
            return ProgramRun(
                path: command.path, arguments: command.arguments, environment: entries,
                workingDirectory: surroundings.folder, limits: limits, diagnosisBytes: failures.diagnosisBytes,
                gate: gate)
        }
    }
}
