// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

/// `audit run`: a function of the program.
struct RunCommand: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        let program = Program.current.name
        return CommandConfiguration(
            commandName: "run", abstract: "Run a function of this program in every account and region.",
            usage: "\(program) run [options] <function>",
            discussion: """
                What stands in the function's @Cove holds unless an option or its variable says otherwise. Its inputs are given \
                as a JSON object, named as its parameters are.

                \(program) run iamUsers --regions eu-west-1,us-east-1
                \(program) run staleKeys --input '{"days": 90}' --output table

                With --coordinator, workers of this very build run it: \(program) worker.
                An attempt may be run twice when a process dies: make changes idempotent, or say --at-most-once.
                """)
    }

    @Argument(help: "The function's name.")
    var function: String
    @Option(
        name: .long,
        help: .setting(
            "input", "The function's inputs as a JSON object; or @ and a file's path.", value: "json|@file"))
    var input: String?
    @OptionGroup(title: "Where, and as whom") var target: TargetOptions
    @OptionGroup(title: "How") var execution: ExecutionOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var detach: DetachOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        let program = Program.current
        let function = program.function(named: function)
        var reader = reader(environment, function)
        if function == nil { reader.add(problem: unknown(to: program)) }
        let input = InputText.read(input, &reader, expected: "an object such as {\"days\": 90}")
        // Of an input that is no JSON nothing more can be said.
        if input != nil || reader.text(self.input, "input") == nil {
            for problem in function?.problems(of: input) ?? [] { reader.add(problem: problem) }
        }
        var request = RunRequest(
            environment: environment, target: target, execution: execution, output: output, place: place,
            detach: detach, console: console, reader: &reader)
        try reader.check()
        let offer = try program.offer()
        request.function = .native(
            NativeSpecification(name: self.function, program: program.name, build: offer?.build, input: input))
        try await request.start()
    }

    /// A reader of the variables, and below them what the function's attribute says.
    private func reader(_ environment: ProcessEnvironment, _ function: (any CoveFunction)?) -> SettingReader {
        let isRemote = place.connection.isGiven(SettingReader(variables: environment.variables))
        // A coordinator's workers have credentials of their own: those that the attribute names are for this machine.
        let settings = (function?.options.settings ?? []).filter { !isRemote || $0.option != "profile" }
        return SettingReader(
            variables: environment.variables,
            defaults: .init(
                place: "@Cove of \(self.function)",
                values: Dictionary(settings.map { ($0.option, $0.value) }, uniquingKeysWith: { first, _ in first })))
    }

    private func unknown(to program: Program) -> String {
        let names = program.functions.map(\.name)
        if let nearest = NearestName.of(function, among: names) {
            return "\(program.name) has no function \"\(function)\"; did you mean \(nearest)?"
        }
        return "\(program.name) has no function \"\(function)\": `\(program.name) functions` lists those that it has"
    }
}
