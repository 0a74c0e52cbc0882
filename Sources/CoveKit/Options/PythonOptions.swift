// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveWorker

/// The options that say with what Python functions are run.
struct PythonOptions: ParsableArguments {
    /// The memory of a process in bytes, where nothing else is asked for.
    private static let defaultMemory = 1 << 30
    /// How much it may be: 64 MiB to a TiB.
    private static let memoryRange = 64 << 20...1 << 40

    @Option(
        name: .long,
        help: .setting(
            "python",
            "The Python that has boto3, 3.9 or later. (default: python3 of $VIRTUAL_ENV or PATH)", value: "path"))
    var python: String?
    @Option(
        name: .long,
        help: .setting(
            "python-memory",
            "How much memory a task may take in its Python process: 512MiB, 2GiB; a number alone is MiB. (default: 1GiB)",
            value: "size"))
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
        let memory =
            reader.byteCount(pythonMemory, "python-memory", in: Self.memoryRange, numberAlone: .mebibytes)
            ?? Self.defaultMemory
        let interpreter = reader.text(python, "python").map { $0.contains("/") ? environment.absolute($0) : $0 }
        return PythonSettings(
            interpreter: interpreter, environment: environment.variables,
            folder: environment.pythonFolder, slots: slots, memoryBytes: memory)
    }
}
