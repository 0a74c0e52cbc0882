// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// `audit functions`: the functions of the program.
struct FunctionsCommand: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "functions", abstract: "List the functions of this program, what they take and return.",
            discussion: """
                \"name\"? marks what may be left out. DEFAULTS are the options that the function's @Cove gives. In the JSON form \
                stands the build too: workers run a function only for a run that was made by the same.
                """)
    }

    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let output = output.resolve(&reader, environment, default: .table)
        _ = console.resolve(&reader, environment)
        try reader.check()
        try await output.write(report: try Self.report(of: .current))
    }

    /// What is told of a program's functions.
    static func report(of program: Program) throws -> Report {
        let offer = try program.offer()
        let functions = program.functions.sorted { $0.name < $1.name }
        let rows = functions.map { function in
            [
                function.name, function.inputShape ?? "", function.outputShape ?? "",
                defaults(of: function).joined(separator: " "),
            ]
        }
        let values = functions.map { json($0, offer) }
        return Report(
            lines: { width in
                if rows.isEmpty { return ["\(program.name) has no functions"] }
                let table = TextTable(
                    headings: ["FUNCTION", "INPUT", "RESULT", "DEFAULTS"], sample: rows, width: width,
                    widest: [40, 60, 40])
                return [table.heading] + rows.map { table.line($0) }
            }, json: JSONText(array: values), values: values)
    }

    /// The options that a function's attribute gives, named as on the command line.
    private static func defaults(of function: any CoveFunction) -> [String] {
        function.options.settings.map { "--\($0.option)=\($0.value)" }
    }

    private static func json(_ function: any CoveFunction, _ offer: NativeOffer?) -> JSONText {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("Name", function.name)
        writer.member("Input", function.inputShape)
        writer.member("Result", function.outputShape)
        writer.list("Defaults", defaults(of: function))
        writer.member("Program", offer?.program)
        writer.member("Build", offer?.build)
        writer.endObject()
        return JSONText(trusted: writer.bytes)
    }
}
