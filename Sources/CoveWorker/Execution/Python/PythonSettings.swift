// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// How Python functions are run.
package struct PythonSettings: Sendable {
    /// The interpreter: a path, or a name that is looked for in `PATH`; nil for `python3` of the active virtual environment or of `PATH`.
    package var interpreter: String?
    /// The environment of this process, of which Python inherits what names no identity.
    package var environment: [String: String]
    /// The folder for the sources of Python's side, which only its owner may enter; made when it is not there.
    package var folder: String
    /// How many tasks run at the same time at most, for the limit of processes.
    package var slots: Int
    /// How many tasks a process runs before another takes its place, so that what leaks does not grow for ever: 100.
    package var tasksPerProcess: Int
    /// How much memory a task may take beyond what the loaded file has, in bytes: 1 GiB; more is Python's MemoryError.
    ///
    /// A process that holds more than half of it after a task is replaced.
    package var memoryBytes: Int
    /// The largest result, in bytes of JSON: 16 MiB.
    package var resultBytes: Int
    /// How much of the end of a task's output goes to the log, in bytes: 64 KiB.
    package var outputBytes: Int
    /// How much of the end of a task's output goes into a failure, in bytes: 4 KiB.
    package var stderrBytes: Int
    /// How long a function that was interrupted may clean up before its process is killed: 5 s.
    package var killGrace: Duration
    /// How long a file may take to be loaded: 2 min.
    package var loadLimit: Duration

    /// Settings; each has its default but the environment and the folder.
    package init(
        interpreter: String? = nil, environment: [String: String], folder: String, slots: Int = 20,
        tasksPerProcess: Int = 100, memoryBytes: Int = 1 << 30, resultBytes: Int = 16 << 20,
        outputBytes: Int = 64 << 10, stderrBytes: Int = 4 << 10, killGrace: Duration = .seconds(5),
        loadLimit: Duration = .seconds(120)
    ) {
        self.interpreter = interpreter
        self.environment = environment
        self.folder = folder
        self.slots = slots
        self.tasksPerProcess = tasksPerProcess
        self.memoryBytes = memoryBytes
        self.resultBytes = resultBytes
        self.outputBytes = outputBytes
        self.stderrBytes = stderrBytes
        self.killGrace = killGrace
        self.loadLimit = loadLimit
    }

    /// The path of the interpreter, or what is wrong: it is missing, or cannot be executed.
    package func locateInterpreter(workingDirectory: String) -> Result<String, PythonProblem> {
        var name = interpreter ?? "python3"
        if interpreter == nil, let active = environment["VIRTUAL_ENV"], active.hasPrefix("/") {
            name = active + "/bin/python3"
        }
        switch ProgramExecutor.locate(name, environment: environment, workingDirectory: workingDirectory) {
        case .success(let path): return .success(path)
        case .failure(let request):
            return .failure(
                PythonProblem(
                    "there is no Python to run functions with: " + request.problems.joined(separator: "; ")
                        + "; name one that has boto3 with --python or COVE_PYTHON"))
        }
    }
}

/// What keeps Python functions from being run at all.
package struct PythonProblem: Error, Sendable, CustomStringConvertible {
    /// What was found, what was expected, what to do.
    package let description: String

    /// Whether another attempt may find it gone.
    let isRetryable: Bool

    init(_ description: String, isRetryable: Bool = false) {
        self.description = description
        self.isRetryable = isRetryable
    }

    /// The failure of a task that meets it.
    var failure: Failure { PythonHost.notStarted(description, isRetryable: isRetryable) }
}
