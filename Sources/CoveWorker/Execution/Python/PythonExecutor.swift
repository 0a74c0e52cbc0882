// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import Logging

/// Runs Python functions, each task in a warm process that runs nothing else meanwhile.
package struct PythonExecutor: Sendable {
    /// A script that has the functions of runs that it made, and hosts the processes that run them.
    private struct Script: Sendable {
        let host: PythonHost
        let control: CInt
        let onEnd: @Sendable () -> Void
    }

    /// The longest text of a failure, and the longest exception as JSON.
    private static let textBytes = 64 << 10
    private static let exceptionBytes = 1 << 20

    private let hosts: PythonHosts
    private let script: Script?
    private let logger: Logger
    private var settings: PythonSettings { hosts.settings }

    /// An executor that has its hosts started by `run`.
    package init(settings: PythonSettings, logger: Logger) {
        hosts = PythonHosts(settings: settings, logger: logger)
        script = nil
        self.logger = logger
    }

    /// An executor of a script's functions, which has no files.
    ///
    /// - Parameters:
    ///   - settings: how functions are run.
    ///   - control: a connected socket at whose other end the script serves; closed when `run` ends.
    ///   - logger: hears of ends.
    ///   - onEnd: called when the script is gone, or has closed the socket.
    package init(
        settings: PythonSettings, script control: CInt, logger: Logger, onEnd: @escaping @Sendable () -> Void
    ) {
        hosts = PythonHosts(settings: settings, logger: logger)
        script = Script(
            host: PythonHost(settings: settings, keepsOutput: false, logger: logger), control: control, onEnd: onEnd)
        self.logger = logger
    }

    /// Keeps the Python processes, until cancelled: without it no function runs.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await hosts.run() }
            if let script {
                group.addTask {
                    await script.host.speak(over: script.control)
                    script.host.fail(PythonHost.notStarted("the script has ended"))
                    script.onEnd()
                }
            }
        }
    }

    /// Loads a function's file, before there is a task for it.
    ///
    /// - Throws: `Failure` when it cannot be loaded.
    package func prepare(_ function: PythonSpecification, files: String?) async throws {
        try await withHost(of: function, in: files) { try await $0.waitUntilReady() }
    }

    /// Calls a function with a session and gives its result; nil where it returns None.
    ///
    /// - Parameter files: the folder that the function's file is in; nil where its path is one of this machine.
    /// - Throws: `Failure`: what the function raised, `PythonProcessEnded`, `UnserialisableResult`, `ResultTooLarge`, `PythonNotLoaded`,
    ///   `PythonNotStarted`; `CancellationError` when the task was cancelled and the function therefore ended.
    package func run(
        _ function: PythonSpecification, in session: CoveSession, files: String?
    ) async throws -> JSONText? {
        try Task.checkCancellation()
        return try await withHost(of: function, in: files) { try await run(function, in: session, on: $0) }
    }

    /// Gives the body the host of a function: the script, where it has the function, or one of the function's file.
    private func withHost<Result: Sendable>(
        of function: PythonSpecification, in files: String?, _ body: (PythonHost) async throws -> Result
    ) async throws -> Result {
        if function.artefact == nil, let script { return try await body(script.host) }
        return try await hosts.with(file(of: function, in: files), body)
    }

    /// Calls a function with a session in a child of a host.
    private func run(_ function: PythonSpecification, in session: CoveSession, on host: PythonHost) async throws
        -> JSONText?
    {
        try await host.waitUntilReady()
        let child: PythonChild
        do {
            child = try await host.take()
        } catch let problem as PythonProblem {
            throw problem.failure
        }
        let ended = await PythonTask(function: function, session: session, settings: settings).run(in: child)
        if ended.isReusable { host.giveBack(child) }
        let mask = SecretMask(ended.secrets)
        log(ended.output, of: session, mask)
        switch ended.result {
        case .success(let value): return value
        case .failure(let failure):
            if ended.wasCancelled { throw CancellationError() }
            throw masked(failure, ended.output, mask)
        }
    }

    private func file(of function: PythonSpecification, in files: String?) -> PythonFile {
        PythonFile(
            path: files.map { $0 + "/" + function.file } ?? function.file, function: function.function,
            searchPaths: files.map { [$0] } ?? [], decoration: function.decoration)
    }

    private func log(_ output: [UInt8], of session: CoveSession, _ mask: SecretMask) {
        guard !output.isEmpty else { return }
        var metadata: Logger.Metadata = [
            LogKeys.run: "\(session.run)", LogKeys.account: "\(session.account.id)",
        ]
        if let region = session.region { metadata[LogKeys.region] = "\(region)" }
        let bytes = mask.end(of: output, limit: settings.outputBytes)
        let text = OutputTail.text(bytes, limit: settings.outputBytes)
        for line in text.split(separator: "\n") { logger.info("\(line)", metadata: metadata) }
    }

    private func masked(_ failure: Failure, _ output: [UInt8], _ mask: SecretMask) -> Failure {
        // Python's side bounds its texts; a function that speaks in its place does not.
        func bounded(_ text: String) -> String { OutputTail.text(mask.text(text).utf8, limit: Self.textBytes) }
        var failure = failure
        failure.type = bounded(failure.type)
        failure.message = bounded(failure.message)
        // An exception's `response` is the function's own to make.
        failure.code = failure.code.map { bounded($0) }
        failure.operation = failure.operation.map { bounded($0) }
        failure.requestID = failure.requestID.map { bounded($0) }
        failure.traceback = failure.traceback.map { bounded($0) }
        failure.exception = failure.exception.map { JSONText(trusted: mask.bytes($0.utf8)) }
        if failure.exception?.utf8.count ?? 0 > Self.exceptionBytes { failure.exception = nil }
        let end = mask.end(of: output, limit: settings.stderrBytes)
        if !end.isEmpty { failure.stderr = OutputTail.text(end, limit: settings.stderrBytes) }
        return failure
    }
}
