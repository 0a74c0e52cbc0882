// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWorker

/// The options that say with what Python functions are run.
struct PythonOptions: ParsableArguments {
    /// The memory of a process in MiB, where nothing else is asked for.
    private static let defaultMemory = 1_024

    @Option(
        name: .long,
        help: .setting(
            "python",
            "The Python that has boto3, 3.9 or later. (default: python3 of $VIRTUAL_ENV or PATH)", value: "path"))
    var python: String?
    @Option(
        name: .long,
        help: .setting(
            "python-memory", "How much memory a task may take in its Python process. (default: 1024)", value: "mib"))
    var pythonMemory: String?
}

extension PythonOptions {
    /// No option: what the variables say.
    static var none: PythonOptions {
        var options = PythonOptions()
        options.python = nil
        options.pythonMemory = nil
        return options
    }

    /// How Python functions are run; what is wrong is left with the reader.
    func resolve(_ reader: inout SettingReader, _ environment: ProcessEnvironment, slots: Int) -> PythonSettings {
        let memory = reader.integer(pythonMemory, "python-memory", in: 64...1_048_576) ?? Self.defaultMemory
        var interpreter = reader.text(python, "python")
        if let path = interpreter, path.contains("/"), !path.hasPrefix("/") {
            interpreter = environment.workingDirectory + "/" + path
        }
        return PythonSettings(
            interpreter: interpreter, environment: environment.variables,
            folder: environment.cacheFolder, slots: slots, memoryBytes: memory << 20)
    }
}

extension ProcessEnvironment {
    /// The folder for what can be made again: `cove` in the user's cache (XDG Base Directory Specification), or one of this user's own
    /// among temporary files.
    var cacheFolder: String {
        if let cache = variables["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/cove" }
        if let home = variables["HOME"], home.hasPrefix("/") { return home + "/.cache/cove" }
        return "/tmp/cove-\(Self.userID)"
    }
}
