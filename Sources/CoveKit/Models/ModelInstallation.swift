// SPDX-License-Identifier: Apache-2.0

import CoveWorker
import FoundationEssentials
import Subprocess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif
#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Puts the models of a pinned botocore into Cove's folder, by way of pip.
///
/// The folder is replaced as a whole: whoever reads it meanwhile has the old models or the new ones.
struct ModelInstallation {
    /// The release whose models are installed.
    static let release = "botocore==1.44.5"
    private static let timeLimit = Duration.seconds(900)
    private static let largestDiagnosis = 1 << 20
    private static let shownDiagnosis = 2_000

    let folder: String
    let environment: ProcessEnvironment

    /// Installs the models.
    ///
    /// - Throws: `CommandFailure` that says what is missing.
    func perform() async throws {
        let python: String
        switch ProgramExecutor.locate(
            "python3", environment: environment.variables, workingDirectory: environment.workingDirectory)
        {
        case .success(let path): python = path
        case .failure(let problem):
            throw CommandFailure(.unavailable, problem.problems + ["the models are installed by way of Python's pip"])
        }
        let workshop = parent + "/.models-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        do {
            try FileManager.default.createDirectory(atPath: workshop, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(.unavailable, ["the folder \(workshop) cannot be made: \(error)"])
        }
        defer { try? FileManager.default.removeItem(atPath: workshop) }
        try await download(with: python, into: workshop)
        try replace(with: workshop + "/botocore/data", workshop)
    }

    private func download(with python: String, into workshop: String) async throws {
        let arguments = [
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile",
            "--only-binary", ":all:", "--target", workshop, Self.release,
        ]
        var variables: [Environment.Key: String] = [:]
        // Whose keys these are is nothing to pip.
        for (name, value) in environment.variables where !name.hasPrefix("AWS_") {
            variables[Environment.Key(stringLiteral: name)] = value
        }
        var platform = PlatformOptions()
        platform.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        let custom = Environment.custom(variables)
        let options = platform
        let ended = try await withThrowingTaskGroup(of: (status: TerminationStatus, diagnosis: [UInt8])?.self) {
            group in
            group.addTask {
                let result = try await run(
                    .path(FilePath(python)), arguments: Arguments(arguments), environment: custom,
                    platformOptions: options, output: .discarded, error: .bytes(limit: Self.largestDiagnosis))
                return (result.terminationStatus, result.standardError)
            }
            group.addTask {
                try await ContinuousClock().sleep(for: Self.timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        let command = "\(python) -m pip install \(Self.release)"
        guard let ended else {
            throw CommandFailure(
                .unavailable, ["\(command) did not end within \(Self.timeLimit.components.seconds) seconds"])
        }
        guard ended.status.isSuccess else {
            let text = String(decoding: ended.diagnosis.suffix(Self.shownDiagnosis), as: UTF8.self)
            var lines = text.split(whereSeparator: \.isNewline).map(String.init)
            if text.contains("No module named pip") {
                lines.append("install pip (on Debian: apt install python3-pip), or install botocore or the AWS CLI")
            }
            throw CommandFailure(.unavailable, ["\(command) failed"] + lines)
        }
    }

    /// Puts a folder in the place of the one that is there.
    ///
    /// The place is a link to a folder beside it: a link can be replaced at once, a folder cannot.
    private func replace(with new: String, _ workshop: String) throws {
        guard FileManager.default.fileExists(atPath: new) else {
            throw CommandFailure(
                .unavailable, ["\(Self.release) came without models: there is no folder botocore/data in it"])
        }
        let former = try? FileManager.default.destinationOfSymbolicLink(atPath: folder)
        let name = "models-" + workshop.split(separator: "-").suffix(1).joined()
        let link = workshop + "/link"
        guard rename(new, parent + "/" + name) == 0, symlink(name, link) == 0 else { throw failure() }
        if rename(link, folder) != 0 {
            // A folder that was not installed by Cove stands there; it goes with the workshop.
            guard rename(folder, workshop + "/former") == 0, rename(link, folder) == 0 else { throw failure() }
        }
        if let former, former.hasPrefix("models-"), !former.contains("/") {
            try? FileManager.default.removeItem(atPath: parent + "/" + former)
        }
    }

    private var parent: String { URL(fileURLWithPath: folder).deletingLastPathComponent().path }

    private func failure() -> CommandFailure {
        CommandFailure(.unavailable, ["\(folder) cannot be replaced: \(FileDescriptor.lastError)"])
    }
}
