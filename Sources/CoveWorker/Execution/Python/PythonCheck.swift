// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import FoundationEssentials
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Whether Python functions can be run here, as far as that can be told without importing anything of the user's.
package struct PythonCheck: Sendable {
    /// A decorator may name ten thousand accounts.
    private static let answerBytes = 4 << 20
    private static let errorBytes = 64 << 10
    private static let questionBytes = 32 << 10

    private let settings: PythonSettings

    /// A check with these settings.
    package init(_ settings: PythonSettings) { self.settings = settings }

    /// What was found out.
    package struct Findings: Sendable, Decodable {
        /// What is wrong with the interpreter, and with the function; nothing where all is well.
        package var problems: [String]
        /// The names of the modules and packages beside the file that it imports, and that these import.
        package var neighbours: [String] = []
        /// What botocove's decorator of the function says, as the values of the options that it stands for.
        package var defaults: [String: String] = [:]
        /// What that decorator says in words that only running the file could tell the values of.
        package var unread: [Unread] = []
        /// The names of all arguments that the decorator has.
        package var decoration: [String] = []
    }

    /// An argument of a decorator whose value is not known.
    package struct Unread: Sendable, Decodable {
        /// Its name; `**` where the decorator has a whole dictionary.
        package var argument: String
        /// The option that it stands for.
        package var option: String?
    }

    /// What a function is called with: how many positional arguments after the session, and which keywords.
    package struct Arguments: Sendable, Encodable {
        package var positional = 0
        package var keywords: [String] = []

        /// The arguments of a function.
        package init(of function: PythonSpecification) {
            let decoder = JSONDecoder()
            let list = function.arguments.flatMap { try? decoder.decode([Ignored].self, from: Data($0.utf8)) }
            let object = function.keywordArguments.flatMap {
                try? decoder.decode([String: Ignored].self, from: Data($0.utf8))
            }
            positional = list?.count ?? 0
            keywords = object?.keys.sorted() ?? []
        }
    }

    /// A value that is not read.
    private struct Ignored: Decodable {
        init(from decoder: any Decoder) {}
    }

    /// What is asked of the interpreter.
    private struct Question: Encodable {
        var file: String?
        var function: String?
        var isRemote: Bool
        var arguments: Arguments?
    }

    /// Looks at the interpreter, and at a function in a file.
    ///
    /// - Parameters:
    ///   - file: the file's path; nil to look at the interpreter alone.
    ///   - function: the function's name in it.
    ///   - isRemote: whether workers run it, so that this machine's Python needs no boto3.
    ///   - arguments: what it is called with, where that is to be held against its definition.
    ///   - workingDirectory: where an interpreter that is named by a relative path is looked for.
    package func findings(
        file: String?, function: String?, isRemote: Bool = false, arguments: Arguments? = nil, workingDirectory: String
    ) async -> Findings {
        // Keywords beyond any reason are not looked at: the question stands on a command line.
        let isShort = (arguments?.keywords.reduce(0) { $0 + $1.utf8.count + 8 } ?? 0) < Self.questionBytes
        let question = Question(
            file: file, function: function, isRemote: isRemote, arguments: isShort ? arguments : nil)
        do {
            let interpreter = try settings.locateInterpreter(workingDirectory: workingDirectory).get()
            let script = try PythonSources(below: settings.folder).path(of: "cove_check.py")
            return try await ask(interpreter, script, JSONEncoder().encode(question))
        } catch let problem as PythonProblem {
            return Findings(problems: [problem.description])
        } catch {
            return Findings(problems: ["Python cannot be started: \(error)"])
        }
    }

    private func ask(_ interpreter: String, _ script: String, _ question: Data) async throws -> Findings {
        let answer = try await Subprocess.run(
            // swift-subprocess 1.0.2 ends this process when one that it gives an input to does not read it.
            .path(FilePath(interpreter)), arguments: [script, String(decoding: question, as: UTF8.self)],
            environment: .custom(ProgramEnvironment(settings.environment).inherited),
            output: .bytes(limit: Self.answerBytes), error: .bytes(limit: Self.errorBytes))
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
