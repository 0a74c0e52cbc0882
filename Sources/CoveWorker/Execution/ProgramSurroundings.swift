// SPDX-License-Identifier: Apache-2.0

import CoveCore

/// What there is for one attempt of a program, and no longer than for it.
struct ProgramSurroundings: Sendable {
    /// The folder that it starts in.
    var folder: String?
    /// What it asks for credentials with; nil where its environment has them.
    var pass: CredentialServer.Pass?
}

extension ProgramExecutor {
    /// Answers programs that ask for credentials, until cancelled.
    func serveCredentials() async { await credentials.run() }

    /// Calls `body` with what the settings of a program ask for, and takes it back when that has returned or thrown.
    ///
    /// - Throws: `Failure` where it cannot be had; what `body` throws.
    func withSurroundings<Result: Sendable>(
        of program: ProgramSpecification, in session: ProgramSession,
        _ body: (ProgramSurroundings) async throws -> Result
    ) async throws -> Result {
        let settings = program.settings ?? ProgramSettings()
        if !settings.notUnderstood.isEmpty {
            throw Failure(
                type: "NotSupported",
                message: "this worker does not know the setting \(settings.notUnderstood.joined(separator: ", ")) of "
                    + "\(program.program), and starts no program with less than was asked for: upgrade the worker, and retry",
                isRetryable: false)
        }
        var surroundings = ProgramSurroundings(folder: program.workingDirectory)
        guard settings.folder == .task || settings.folder == nil && program.workingDirectory == nil else {
            return try await withPass(settings, session, program, &surroundings, body)
        }
        let folder: TaskFolders.Folder
        do {
            folder = try await folders.make()
        } catch {
            throw Failure(
                type: "ProgramNotStarted", message: "\(program.program) could not be started: \(error.reason)",
                isRetryable: error.isRetryable)
        }
        surroundings.folder = folder.path
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await withPass(settings, session, program, &surroundings, body))
        } catch {
            result = .failure(error)
        }
        await folders.remove(folder)
        return try result.get()
    }

    private func withPass<Result: Sendable>(
        _ settings: ProgramSettings, _ session: ProgramSession, _ program: ProgramSpecification,
        _ surroundings: inout ProgramSurroundings, _ body: (ProgramSurroundings) async throws -> Result
    ) async throws -> Result {
        guard settings.credentials == .server else { return try await body(surroundings) }
        let pass: CredentialServer.Pass
        do {
            pass = try await credentials.admit(session.credentials, session.renewed)
        } catch {
            throw Failure(
                type: "ProgramNotStarted",
                message: "\(program.program) could not be started: its credentials cannot be served: \(error.reason)",
                isRetryable: true)
        }
        defer { credentials.end(pass) }
        surroundings.pass = pass
        return try await body(surroundings)
    }

    /// The arguments for a session's target.
    ///
    /// - Throws: `Failure` where one of them cannot be made.
    func arguments(
        of program: ProgramSpecification, in session: ProgramSession, _ failures: ProgramFailures
    ) throws -> [String] {
        let arguments: [String]
        do {
            arguments = try program.arguments { word in
                switch word {
                case .account: session.account.rawValue
                case .region: session.region?.rawValue
                case .name: session.name
                }
            }
        } catch {
            throw failures.notStarted(error.reason)
        }
        if let index = arguments.firstIndex(where: { $0.utf8.contains(0) }) {
            throw failures.notStarted("its argument \(index + 1) holds a NUL byte")
        }
        return arguments
    }

    /// What is started for the program at `path`, itself or what sets its limits first, and all of argv.
    func command(
        _ program: ProgramSpecification, path: String, _ arguments: [String], _ failures: ProgramFailures
    ) throws -> (path: String, arguments: [String]) {
        guard let limit = program.settings?.memoryLimit else { return (path, [program.program] + arguments) }
        guard MemoryLauncher.isAvailable else {
            throw failures.notStarted("its memory cannot be limited without \(MemoryLauncher.shell)")
        }
        guard MemoryLauncher.isProgram(path) else {
            throw failures.notStarted("it is neither a program for this machine nor a script that begins with #!")
        }
        return (MemoryLauncher.shell, MemoryLauncher.arguments(limit: limit, path: path, arguments: arguments))
    }
}
