// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWorker

/// `cove exec`: any program, with the session's credentials in its environment.
struct ExecCommand: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "exec",
            abstract: "Run a program in every account and region.",
            usage: "\(Program.current.name) exec [options] -- <program> [<argument> …]",
            discussion: """
                The program finds AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, \
                AWS_DEFAULT_REGION, COVE_ACCOUNT_ID, COVE_REGION, COVE_RUN_ID and COVE_SESSION_INFORMATION (JSON) in its \
                environment. What it prints becomes its result; an exit code other than 0 is an exception.
                With --ship a file, or the files of a folder, travel with the run: the program is then a path below the folder \
                (or the file's name), and COVE_ARTEFACT names the folder with all of them. \
                On this machine COVE_CALLER_FOLDER names the folder where the run was made.
                An attempt may be run twice when a process dies: make changes idempotent, or say --at-most-once.
                """)
    }

    @OptionGroup(title: "Where, and as whom") var target: TargetOptions
    @OptionGroup(title: "How") var execution: ExecutionOptions
    @OptionGroup(title: "The program") var settings: ProgramOptions
    @Option(
        name: .long,
        help: .setting("parse", "How the program's output becomes a result. (default: auto)", value: "auto|json|text"))
    var parse: String?
    @Option(
        name: .long,
        help: .setting(
            "ship", "A file, or a folder with files, that travels with the run; the program is looked for in it first.",
            value: "path"))
    var ship: String?
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var detach: DetachOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions
    @Argument(parsing: .postTerminator, help: .init("The program and its arguments, after --.", valueName: "program"))
    var command: [String] = []

    func run(in environment: ProcessEnvironment) async throws {
        var reader = SettingReader(variables: environment.variables)
        let parsing = reader.choice(parse, "parse", default: ProgramSpecification.Parsing.auto)
        var request = RunRequest(
            environment: environment, target: target, execution: execution, output: output, place: place,
            detach: detach, console: console, reader: &reader)
        let shipped = reader.text(ship, "ship").flatMap { ShippedFiles($0, environment, &reader) }
        // Where the files cannot travel, whether the program is among them says nothing.
        let isShipped = shipped != nil || reader.text(ship, "ship") == nil
        let program =
            isShipped || command.isEmpty
            ? program(&reader, environment, isRemote: request.isRemote, shipped) : command[0]
        let specification = ProgramSpecification(
            program: program, arguments: Array(command.dropFirst()), parsing: parsing,
            workingDirectory: request.isRemote ? nil : environment.workingDirectory,
            artefact: shipped?.archive.reference, settings: settings.resolve(&reader, isRemote: request.isRemote))
        for problem in specification.settingProblems { reader.add(problem: problem) }
        try reader.check()
        request.artefact = shipped?.archive.artefact
        request.function = .exec(specification)
        try await request.start()
    }

    /// The program to run: found on this machine, or left to be found on the workers'.
    private func program(
        _ reader: inout SettingReader, _ environment: ProcessEnvironment, isRemote: Bool, _ shipped: ShippedFiles?
    ) -> String {
        guard let program = command.first else {
            reader.add(
                problem: "no program was given: expected \(Program.current.name) exec [options] -- PROGRAM [ARGUMENT …]"
            )
            return ""
        }
        if let path = shipped?.program(program, &reader) { return path }
        if isRemote {
            if program.contains("/"), !program.hasPrefix("/") {
                reader.add(
                    problem: "the program \(program) is a relative path, and the workers' folders are not this one: "
                        + "ship it with --ship, name it by its absolute path on the workers, or by a name that is found "
                        + "in their PATH")
            }
            return program
        }
        let found = ProgramExecutor.locate(
            program, environment: environment.variables, workingDirectory: environment.workingDirectory)
        switch found {
        case .success(let path): return path
        case .failure(let request):
            for problem in request.problems { reader.add(problem: problem) }
            return program
        }
    }
}
