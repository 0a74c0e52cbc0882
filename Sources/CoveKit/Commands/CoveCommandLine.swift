// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CoveCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The `cove` program: reads arguments and environment, runs the command, and ends with its exit code.
public enum CoveCommandLine {
    /// Runs the command that the process was started with, and ends the process.
    public static func main() async -> Never { await main(as: .cove) }

    /// Runs the command that the process was started with as that of a program, and ends the process.
    static func main(as program: Program) async -> Never {
        // A reader of standard output that goes away must not end a run: the write fails instead.
        signal(SIGPIPE, SIG_IGN)
        StopSignals.leaveAtOnce()
        FileDescriptor.openStandardDescriptors()
        exit(await run(Array(CommandLine.arguments.dropFirst()), in: .current, as: program).rawValue)
    }

    static func run(
        _ arguments: [String], in environment: ProcessEnvironment, as program: Program = .cove
    ) async -> ExitStatus {
        await program.name == Program.cove.name && program.functions.isEmpty
            ? perform(arguments, in: environment, CoveCommand.self)
            : program.perform { await perform(arguments, in: environment, AppCommand.self) }
    }

    private static func perform(
        _ arguments: [String], in environment: ProcessEnvironment, _ root: any ParsableCommand.Type
    ) async -> ExitStatus {
        do {
            let problems = Program.current.problems
            if !problems.isEmpty { throw InvalidRequest(problems) }
            let command = try root.parseAsRoot(PythonTarget.ordered(arguments))
            if let command = command as? any EnvironmentCommand {
                try await command.run(in: environment)
            } else {
                var command = command
                try command.run()
            }
            return .success
        } catch {
            return report(error, root)
        }
    }

    private static func report(_ error: any Error, _ root: any ParsableCommand.Type) -> ExitStatus {
        if root.exitCode(for: error) == .success {
            _ = FileDescriptor.standardOutput.write((root.fullMessage(for: error) + "\n").utf8)
            return .success
        }
        let message = root.fullMessage(for: error)
        if !isOurs(error), message.hasPrefix("Error: ") {
            let name = Program.current.name
            _ = FileDescriptor.standardError.write((name + ": " + message.dropFirst("Error: ".count) + "\n").utf8)
            return .invalidRequest
        }
        let failure = CommandFailure(error)
        let console = Console(isTerminal: false, isQuiet: false)
        for line in failure.lines { console.say("cove: \(line)") }
        return failure.status
    }

    /// Whether an error is none of the argument parser's.
    private static func isOurs(_ error: any Error) -> Bool {
        let name = String(reflecting: type(of: error))
        return !name.hasPrefix("ArgumentParser.")
    }
}
