// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import Subprocess

/// Runs programs, each for one attempt, with a session's credentials in its environment (design: the command line,
/// `exec`).
///
/// An attempt ends in bounded time once its program has exited or is to end, whatever the program left behind: the
/// processes of its group are asked to end, and killed after the limits' grace.
package struct ProgramExecutor: Sendable {
    private let variables: [String: String]
    private let environment: ProgramEnvironment
    private let limits: ProgramLimits
    private let gate: ProgramGate

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
    }

    /// Runs a program and gives the result that it printed; nil when it printed none.
    ///
    /// The program has an empty stdin, the working folder of its specification (or this process's) and a session of its
    /// own. A relative path is looked up in that folder.
    ///
    /// - Throws: `Failure`, with the types `ProgramNotStarted`, `ProgramFailed`, `OutputTooLarge` and `InvalidOutput`;
    ///   `CancellationError` when the task was cancelled and the program therefore ended.
    package func run(_ program: ProgramSpecification, in session: ProgramSession) async throws -> JSONText? {
        try Task.checkCancellation()
        let failures = ProgramFailures(program: program.program, session: session, limits: limits)
        let run = try preparation(of: program, in: session, failures)
        let ended: ProgramRun.Ended
        do {
            ended = try await run()
        } catch let error as ProgramRun.NotRun {
            throw failures.notRun(error)
        }
        if ended.wasCancelled { throw CancellationError() }
        if let reason = ended.unreadable { throw failures.unreadable(reason, ended) }
        guard let output = ended.output else { throw failures.outputTooLarge(ended) }
        guard ended.status.isSuccess else { throw failures.ended(ended) }
        do throws(OutputProblem) {
            return try ProgramOutput(bytes: output).result(program.parsing)
        } catch {
            throw failures.invalidOutput(error, ended)
        }
    }

    private func preparation(
        of program: ProgramSpecification, in session: ProgramSession, _ failures: ProgramFailures
    ) throws -> ProgramRun {
        if let index = program.arguments.firstIndex(where: { $0.utf8.contains(0) }) {
            throw failures.notStarted("its argument \(index + 1) holds a NUL byte")
        }
        guard let entries = environment.entries(for: session) else {
            throw failures.notStarted("the session's credentials or information hold a NUL byte")
        }
        switch Self.locate(
            program.program, environment: variables, workingDirectory: program.workingDirectory ?? ".",
            files: session.files)
        {
        case .failure(let problem): throw failures.notLocated(problem)
        case .success(let path):
            return ProgramRun(
                path: path, arguments: [program.program] + program.arguments, environment: entries,
                workingDirectory: program.workingDirectory, limits: limits, diagnosisBytes: failures.diagnosisBytes,
                gate: gate)
        }
    }
}
