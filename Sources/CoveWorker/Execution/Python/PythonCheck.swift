// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Whether Python functions can be run here, as far as that can be told without importing anything of the user's.
package struct PythonCheck: Sendable {
    private static let outputBytes = 64 << 10

    private let settings: PythonSettings

    /// A check with these settings.
    package init(_ settings: PythonSettings) { self.settings = settings }

    /// What was found out.
    package struct Findings: Sendable, Decodable {
        /// What is wrong with the interpreter, and with the function; nothing where all is well.
        package var problems: [String]
        /// The names of the modules and packages beside the file that it imports, and that these import.
        package var neighbours: [String] = []
    }

    /// Looks at the interpreter, and at a function in a file.
    ///
    /// - Parameters:
    ///   - file: the file's path; nil to look at the interpreter alone.
    ///   - function: the function's name in it.
    ///   - isRemote: whether workers run it, so that this machine's Python needs no boto3.
    ///   - workingDirectory: where an interpreter that is named by a relative path is looked for.
    package func findings(
        file: String?, function: String?, isRemote: Bool = false, workingDirectory: String
    ) async -> Findings {
        do {
            let interpreter = try settings.locateInterpreter(workingDirectory: workingDirectory).get()
            let script = try PythonSources(below: settings.folder).path(of: "cove_check.py")
            return try await ask(
                interpreter, [script] + [file, function].compactMap { $0 } + (isRemote ? ["elsewhere"] : []))
        } catch let problem as PythonProblem {
            return Findings(problems: [problem.description])
        } catch {
            return Findings(problems: ["Python cannot be started: \(error)"])
        }
    }

    private func ask(_ interpreter: String, _ arguments: [String]) async throws -> Findings {
        let answer = try await Subprocess.run(
            .path(FilePath(interpreter)), arguments: Arguments(arguments),
            environment: .custom(ProgramEnvironment(settings.environment).inherited),
            output: .bytes(limit: Self.outputBytes), error: .bytes(limit: Self.outputBytes))
        if answer.terminationStatus.isSuccess,
            let findings = try? JSONDecoder().decode(Findings.self, from: Data(answer.standardOutput))
        {
            return findings
        }
        let said = OutputTail.text(answer.standardError, limit: 1_024)
        return Findings(problems: [
            "\(interpreter) is no Python 3 that works: \(said.isEmpty ? "\(answer.terminationStatus)" : said)"
        ])
    }
}
