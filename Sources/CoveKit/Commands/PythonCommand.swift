// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore
import CoveWire
import CoveWorker
import FoundationEssentials

/// `cove python`: a function of botocove's shape.
struct PythonCommand: EnvironmentCommand {
    static var configuration: CommandConfiguration {
        let program = Program.current.name
        return CommandConfiguration(
            commandName: "python",
            abstract: "Run a Python function, or a script of botocove, in every account and region.",
            usage: """
                \(program) python [options] <file>:<function>
                \(program) python [options] <script> [<argument> …]
                """,
            discussion: """
                The function is one of botocove's shape, def f(session, *args, **kwargs), unchanged: session is a boto3 \
                session of the target with its session_information. What it returns becomes the result; what it raises is \
                an exception with its traceback; what it prints goes to the log (--log-level info).

                \(program) python audit.py:iam_users
                \(program) python audit.py:buckets --regions eu-west-1 --input '{"prefix": "log-"}'

                A decorator of botocove above the function gives the options that are not given.

                A script that was written for botocove is run as it is: its decorated functions become runs. What follows it \
                is its own; options that its decorators stand for are refused.

                \(program) python --slots 50 audit.py --since 2026-01-01

                Each task runs alone in a Python process that is used again. The file is imported once for all of them: \
                what it does at its top level happens once, with no credentials of a target.
                The file travels with the run, and so do the modules beside it that it imports, and what --with names: a \
                resumed run, and workers of a coordinator, run what the file was when the run was made.
                An attempt may be run twice when a process dies: make changes idempotent, or say --at-most-once.
                """)
    }

    @Argument(
        parsing: .captureForPassthrough,
        help: .init("The file, and the function in it; or a script, and its arguments.", valueName: "file:function"))
    var command: [String] = []
    @Option(
        name: .long,
        help: .setting(
            "input", "The function's arguments: a JSON object of keywords or an array; or @ and a file's path.",
            value: "json|@file"))
    var input: String?
    @Option(
        name: .long,
        help: .setting(
            "with", "What else travels with the file: modules, packages, wheels, and folders that have such.",
            value: "path,…"))
    var with: [String] = []
    @OptionGroup(title: "Python") var python: PythonOptions
    @OptionGroup(title: "Where, and as whom") var selection: TargetOptions
    @OptionGroup(title: "How") var execution: ExecutionOptions
    @OptionGroup(title: "Results") var output: OutputOptions
    @OptionGroup var detach: DetachOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup(title: "Messages") var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        let target = try target()
        guard PythonTarget.isFunction(target) else { try await become(target, environment) }
        var reader = SettingReader(variables: environment.variables)
        let input = InputText.read(input, &reader, expected: "an object of keyword arguments, or an array")
        var function = function(target, &reader, environment, input)
        var files: PythonFiles?
        if let named = function {
            let findings = await check(named, environment)
            for problem in findings.problems { reader.add(problem: problem) }
            use(findings, of: target, named.function, &reader, environment)
            function?.decoration = findings.decoration
            files = PythonFiles(file: named.file, neighbours: findings.neighbours)
        }
        var request = RunRequest(
            environment: environment, target: selection, execution: execution, output: output, place: place,
            detach: detach, console: console, reader: &reader)
        let settings = python.resolve(&reader, environment, slots: request.slots ?? SlotOptions.defaultSlots)
        let extras = (reader.list(with, "with") ?? []).map { environment.absolute($0) }
        for path in extras where !FileManager.default.fileExists(atPath: path) {
            reader.add(problem: "--with: there is no file or folder \(path)")
        }
        try reader.check()
        guard var function, var files else { return }
        for path in extras { files.add(path) }
        let artefact = try files.packed()
        function.artefact = artefact.reference
        function.file = String(function.file.split(separator: "/").last ?? "")
        request.artefact = artefact
        request.function = .python(function)
        request.python = settings
        try await request.start()
    }

    /// What is to be run: options that were not known are in its place.
    private func target() throws -> String {
        guard let first = command.first else {
            throw InvalidRequest(
                "nothing to run was given: expected FILE:FUNCTION, such as audit.py:iam_users, or a script")
        }
        switch first {
        // The parser takes them for what is to be run.
        case "-h", "--help": throw CleanExit.helpRequest(self)
        case "--version": throw CleanExit.message(CoveVersion.current)
        case let first where first.hasPrefix("-"):
            throw InvalidRequest("unknown option \(first): see \(Program.current.name) help python")
        default: break
        }
        if command.count > 1, PythonTarget.isFunction(first) {
            throw InvalidRequest(
                "\(command[1]) was given beside \(first): expected one FILE:FUNCTION; its arguments are given with --input"
            )
        }
        return first
    }

    /// Looks at the interpreter, and at a function where one is named.
    private func check(
        _ function: PythonSpecification?, _ environment: ProcessEnvironment
    ) async -> PythonCheck.Findings {
        // What is wrong with these settings is told where they are read for the run.
        var reader = SettingReader(variables: environment.variables)
        let settings = python.resolve(&reader, environment, slots: SlotOptions.defaultSlots)
        return await PythonCheck(settings).findings(
            file: function?.file, function: function?.function,
            // A script imports boto3 here whoever runs its functions.
            isRemote: function != nil && isRemote(reader),
            arguments: function.map { PythonCheck.Arguments(of: $0) },
            workingDirectory: environment.workingDirectory)
    }

    /// Has what a decorator of botocove says hold where the options do not say otherwise; what cannot be known of it is left with the
    /// reader as wrong, since the run would do something else than the function's author has written.
    private func use(
        _ findings: PythonCheck.Findings, of target: String, _ function: String, _ reader: inout SettingReader,
        _ environment: ProcessEnvironment
    ) {
        reader.use(SettingReader.Defaults(place: "the decorator of \(function)", values: findings.defaults))
        var unread = findings.unread.filter { argument in
            argument.option.map { options.name(ofGiven: $0, environment.variables) == nil } ?? true
        }
        if isRemote(reader), let caller = unread.first(where: { $0.option == "profile" }) {
            reader.add(
                problem: "\(target) is decorated with @cove(\(caller.argument)=…), and coordinator and workers use "
                    + "their own credentials: leave it out")
            unread.removeAll { $0.option == "profile" }
        }
        guard !unread.isEmpty else { return }
        let arguments = unread.map { $0.option == nil ? $0.argument : "\($0.argument)=…" }.joined(separator: ", ")
        let instead = unread.contains { $0.option == nil } ? [] : Set(unread.compactMap(\.option)).sorted()
        let given = instead.isEmpty ? "" : "give " + instead.map { "--\($0)" }.joined(separator: ", ") + ", or "
        let file = target[..<(target.lastIndex(of: ":") ?? target.endIndex)]
        reader.add(
            problem:
                "\(target) is decorated with @cove(\(arguments)), which only running the file could tell the value of: "
                + "\(given)run it as a script with \(Program.current.name) python \(file)")
    }

    private func isRemote(_ reader: SettingReader) -> Bool {
        reader.text(place.connection.coordinator, "coordinator") != nil
    }

    private var options: ScriptRunOptions {
        ScriptRunOptions(
            target: selection, execution: execution, output: output, detach: detach, place: place, console: console)
    }

    /// Becomes the Python that runs a script.
    private func become(_ script: String, _ environment: ProcessEnvironment) async throws -> Never {
        var reader = SettingReader(variables: environment.variables)
        let launch = ScriptLaunch(
            environment: environment, options: options, python: python, with: with, script: script,
            arguments: Array(command.dropFirst()))
        let settings = launch.check(&reader)
        if reader.text(input, "input") != nil {
            reader.add(problem: "--input was given with a script: its arguments follow it")
        }
        let python = python.resolve(&reader, environment, slots: SlotOptions.defaultSlots)
        let interpreter = python.locateInterpreter(workingDirectory: environment.workingDirectory)
        if case .failure(let problem) = interpreter { reader.add(problem: problem.description) }
        try reader.check()
        // Asking Python leaves its side's files in the cache: nothing is left where the request is wrong.
        for problem in await check(nil, environment).problems { reader.add(problem: problem) }
        try reader.check()
        let modules = try PythonSources(below: python.folder).folder
        try launch.become(try interpreter.get(), modules: modules, settings)
    }

    /// The function that was named; nil when it is wrong, which is left with the reader.
    private func function(
        _ target: String, _ reader: inout SettingReader, _ environment: ProcessEnvironment, _ input: JSONText?
    ) -> PythonSpecification? {
        guard let colon = target.lastIndex(of: ":"), colon != target.startIndex,
            target.index(after: colon) != target.endIndex
        else {
            reader.add(problem: "\"\(target)\" names no function: expected FILE:FUNCTION, such as audit.py:iam_users")
            return nil
        }
        let file = String(target[..<colon])
        let path = environment.absolute(file)
        var isFolder = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder else {
            reader.add(problem: isFolder ? "\(file) is a folder: expected a Python file" : "there is no file \(file)")
            return nil
        }
        var function = PythonSpecification(
            artefact: nil, file: path, function: String(target[target.index(after: colon)...]))
        switch input?.utf8.first {
        case UInt8(ascii: "{"): function.keywordArguments = input
        case UInt8(ascii: "["): function.arguments = input
        case nil: break
        default:
            reader.add(problem: "the input is no object and no array: expected {\"keyword\": value} or [value, …]")
        }
        return function
    }
}
