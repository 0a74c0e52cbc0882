// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `cove python SCRIPT`: this process becomes Python, which runs the script as its main program and finds Cove's `botocove` before any
/// other.
struct ScriptLaunch {
    let environment: ProcessEnvironment
    let options: ScriptRunOptions
    /// With what Python functions are run.
    let python: PythonOptions
    /// What travels with the script to a coordinator's workers.
    let with: [String]
    /// The script's file, as it was given.
    let script: String
    /// What follows it on the command line.
    let arguments: [String]

    /// Leaves with the reader what is wrong with the options and the file, and gives what the script is told.
    func check(_ reader: inout SettingReader) -> ScriptSettings {
        options.check(&reader, environment.variables)
        _ = options.execution.slots.resolve(&reader)
        _ = reader.seconds(options.execution.taskTimeout, "task-timeout", in: RunSpecification.taskTimeoutRange)
        _ = reader.seconds(options.target.duration, "duration", in: RoleSpecification.durationRange)
        let (console, logger) = options.console.resolve(&reader, environment)
        let place = options.place.resolve(&reader, environment, console, logger)
        if FileDescriptor(reading: script) == nil {
            reader.add(
                problem: "script \(script) cannot be read: \(FileDescriptor.lastError); a function is named as "
                    + "FILE:FUNCTION, such as audit.py:iam_users")
        } else if isFolder, !FileManager.default.fileExists(atPath: script + "/__main__.py") {
            reader.add(problem: "script \(script) is a folder without a __main__.py: expected a Python file")
        }
        let isRemote = place?.isRemote ?? false
        return ScriptSettings(
            program: ExecutableFile.path,
            options: options.arguments(environment) + files(&reader, isRemote)
                + ["--script", environment.absolute(script)],
            isRemote: isRemote, isQuiet: console.isQuiet)
    }

    private var isFolder: Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: script, isDirectory: &isFolder) && isFolder
    }

    /// The options that say with what Python functions are run, and which files they need.
    private func files(_ reader: inout SettingReader, _ isRemote: Bool) -> [String] {
        var options: [String] = []
        if let memory = python.pythonMemory { options += ["--python-memory", memory] }
        if let name = python.python { options += ["--python", name.contains("/") ? environment.absolute(name) : name] }
        let extras = reader.list(with, "with") ?? []
        if !isRemote, !extras.isEmpty {
            reader.add(problem: "--with was given without --coordinator: the script's own process finds its modules")
        }
        for path in extras.map({ environment.absolute($0) }) {
            if !FileManager.default.fileExists(atPath: path) {
                reader.add(problem: "--with: there is no file or folder \(path)")
            }
            options += ["--with", path]
        }
        return options
    }

    /// Becomes Python.
    ///
    /// - Parameters:
    ///   - python: the Python to become.
    ///   - modules: the folder that has Cove's `botocove`.
    /// - Throws: `CommandFailure` when Python cannot be started.
    func become(_ python: String, modules: String, _ settings: ScriptSettings) throws -> Never {
        var variables = environment.variables
        variables[ScriptSettings.variable] = try settings.text()
        variables["PYTHONPATH"] = [modules, variables["PYTHONPATH"] ?? ""].filter { !$0.isEmpty }.joined(separator: ":")
        // Python finds the signals as this process found them: what is ignored would stay ignored.
        signal(SIGPIPE, SIG_DFL)
        // A thread of the concurrency library's blocks them all, and what it becomes would too.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        var words = ([python, script] + arguments).map { strdup($0) } + [nil]
        var lines = variables.map { strdup("\($0)=\($1)") } + [nil]
        execve(python, &words, &lines)
        throw CommandFailure(.unavailable, ["\(python) cannot be started: \(FileDescriptor.lastError)"])
    }
}
