// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The options that say in which form results are written, and where to.
struct OutputOptions: ParsableArguments {
    @Option(name: .long, help: .init("The form of the results.", valueName: "json|ndjson|table|none"))
    var output: String?
    @Option(name: .long, help: .init("A file for the results. (default: standard output)", valueName: "path"))
    var outputFile: String?

    /// Where results go; a file that could not be written is a problem now rather than after the run.
    func resolve(
        _ reader: inout SettingReader, _ environment: ProcessEnvironment, default fallback: OutputFormat = .json
    ) -> OutputTarget {
        let path = reader.text(outputFile, "output-file")
        if let path, let problem = FileDescriptor.problem(writing: path) {
            reader.add(problem: "output file \(path) cannot be written: \(problem)")
        }
        return OutputTarget(
            format: reader.choice(output, "output", default: fallback), path: path,
            tableWidth: path == nil && environment.isOutputTerminal ? ProcessEnvironment.columns(of: STDOUT_FILENO) : nil)
    }
}
