// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveAWS
import CoveCore
import CoveWire
import CoveWorker

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `cove script-run`: performs the run that a call of a script's decorated function stands for.
///
/// Scripts start it, people do not. It reads the call from standard input, has the script's process forked for every task over a socket,
/// and writes the results and how it ended to standard output, which is a file. Where a coordinator's workers perform the run, the socket
/// tells of the script's end alone.
struct ScriptRunCommand: EnvironmentCommand {
    static let configuration = CommandConfiguration(
        commandName: "script-run", abstract: "Perform a run for a script that cove python started.",
        shouldDisplay: false)

    @Option(name: .long, help: "The descriptor of the socket to the script's process.") var scriptSocket: Int32
    @Option(name: .long, help: "The script's file.") var script: String
    @Option(name: .long) var with: [String] = []
    @OptionGroup var python: PythonOptions
    @Option(name: .long) var duration: String?
    @Option(name: .long) var taskTimeout: String?
    @Flag(name: .long, inversion: .prefixedNo) var atMostOnce: Bool?
    @OptionGroup var slots: SlotOptions
    @OptionGroup var place: PlaceOptions
    @OptionGroup var console: ConsoleOptions

    func run(in environment: ProcessEnvironment) async throws {
        let errors = DirectoryErrors()
        var isRemote = false
        do {
            let request = try await request(environment, errors)
            isRemote = request.isRemote
            try await perform(request)
        } catch {
            let ending = CommandFailure(error)
            let refusal = (errors.last ?? error) as? AWSError
            _ = ScriptEnd(problems: ending.lines, failure: refusal.map { Failure(describing: $0) })
                .write(to: .standardOutput)
            throw CommandFailure(ending.status, Self.said(ending, isRemote: isRemote))
        }
        _ = ScriptEnd(problems: []).write(to: .standardOutput)
    }

    private func perform(_ request: RunRequest) async throws {
        guard request.isRemote else { return try await request.start() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await ScriptConnection(control: scriptSocket).waitUntilClosed()
                // As when somebody ends a command that follows a run: the run goes on.
                if !Task.isCancelled { kill(getpid(), SIGTERM) }
                return false
            }
            group.addTask {
                try await request.start()
                return true
            }
            defer { group.cancelAll() }
            while let isOver = try await group.next(), !isOver {}
        }
    }

    /// What is said on standard error: what the script does not raise as the text of an exception.
    private static func said(_ ending: CommandFailure, isRemote: Bool) -> [String] {
        switch ending.status {
        case .success, .failure, .invalidRequest: []
        case .unavailable: ending.lines
        // A run of a script's own process cannot be gone on with, whatever the lines below say.
        case .interrupted: isRemote ? ending.lines : Array(ending.lines.prefix(1))
        }
    }

    /// The run that is asked for.
    private func request(_ environment: ProcessEnvironment, _ errors: DirectoryErrors) async throws -> RunRequest {
        var reader = SettingReader(variables: environment.variables)
        let call = try ScriptCall.read(from: .standardInput)
        var request = RunRequest(environment, self, call, errors, &reader)
        let settings = python.resolve(&reader, environment, slots: request.slots ?? SlotOptions.defaultSlots)
        request.python = settings
        try reader.check()
        if request.isRemote { try await send(call.function, settings, with: &request) }
        return request
    }

    /// Has the script's file travel with a run, with the modules beside it that it imports: a worker has nothing of its process.
    private func send(_ function: String, _ settings: PythonSettings, with request: inout RunRequest) async throws {
        let findings = await PythonCheck(settings).findings(
            file: script, function: function, workingDirectory: request.environment.workingDirectory)
        guard findings.problems.isEmpty else { throw InvalidRequest(findings.problems) }
        var files = PythonFiles(file: script, neighbours: findings.neighbours)
        for path in with { files.add(path) }
        let artefact = try files.packed()
        guard case .python(var specification) = request.function else { return }
        specification.artefact = artefact.reference
        specification.file = String(script.split(separator: "/").last ?? "")
        request.artefact = artefact
        request.function = .python(specification)
    }
}
