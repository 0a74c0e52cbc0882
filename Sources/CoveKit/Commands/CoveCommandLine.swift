// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The `cove` program: reads arguments and environment, runs the command, and ends with its exit code.
public enum CoveCommandLine {
    /// Runs the command that the process was started with, and ends the process.
    public static func main() async -> Never {
        // A reader of standard output that goes away must not end a run: the write fails instead.
        signal(SIGPIPE, SIG_IGN)
        StopSignals.leaveAtOnce()
        FileDescriptor.openStandardDescriptors()
        exit(await run(Array(CommandLine.arguments.dropFirst()), in: .current).rawValue)
    }

    static func run(_ arguments: [String], in environment: ProcessEnvironment) async -> ExitStatus {
        do {
            let command = try CoveCommand.parseAsRoot(PythonTarget.ordered(arguments))
            if let command = command as? any EnvironmentCommand {
                try await command.run(in: environment)
            } else {
                var command = command
                try command.run()
            }
            return .success
        } catch {
            return report(error)
        }
    }

    private static func report(_ error: any Error) -> ExitStatus {
        if CoveCommand.exitCode(for: error) == .success {
            _ = FileDescriptor.standardOutput.write((CoveCommand.fullMessage(for: error) + "\n").utf8)
            return .success
        }
        let message = CoveCommand.fullMessage(for: error)
        if !isOurs(error), message.hasPrefix("Error: ") {
            _ = FileDescriptor.standardError.write(("cove: " + message.dropFirst("Error: ".count) + "\n").utf8)
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
