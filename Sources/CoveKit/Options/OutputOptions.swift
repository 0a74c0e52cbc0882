// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The options that say in which form results are written, and where to.
struct OutputOptions: ParsableArguments {
    @Option(name: .long, help: .setting("output", "The form of the results.", value: "json|ndjson|table|none"))
    var output: String?
    @Option(
        name: .long, help: .setting("output-file", "A file for the results. (default: standard output)", value: "path"))
    var outputFile: String?

    /// Where results go; a file that could not be written is a problem now rather than after the run.
    func resolve(
        _ reader: inout SettingReader, _ environment: ProcessEnvironment, default fallback: OutputFormat = .json
    ) -> OutputTarget {
        let path = reader.text(outputFile, "output-file")
        if let path, let problem = FileDescriptor.problem(writing: path) {
            reader.add(problem: "output file \(path) cannot be written: \(problem)")
        }
        let format = reader.choice(output, "output", default: fallback)
        if format == .none, outputFile != nil {
            reader.add(problem: "--output-file was given with --output none: nothing would be written to it")
        }
        return OutputTarget(
            format: format, path: path,
            tableWidth: path == nil ? Self.tableWidth(environment) : nil)
    }

    /// The width that `COLUMNS` asks for, or that of the terminal; a pipe has no width.
    private static func tableWidth(_ environment: ProcessEnvironment) -> Int? {
        if let asked = environment.variables["COLUMNS"].flatMap({ Int($0) }), asked > 0 { return asked }
        return environment.isOutputTerminal ? ProcessEnvironment.columns(of: STDOUT_FILENO) : nil
    }
}
