// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// The functions that a worker can run.
package struct FunctionRegistry: Sendable {
    /// A Swift function: its result as JSON, nil where it returns nothing.
    package typealias NativeFunction = @Sendable (CoveSession) async throws -> JSONText?

    private let calls: CallExecutor
    private let programs: ProgramExecutor
    private let native: [String: NativeFunction]
    private let python: PythonExecutor?

    /// Operations of AWS, programs, and Swift functions by their names.
    package init(
        calls: CallExecutor = CallExecutor(), programs: ProgramExecutor, native: [String: NativeFunction] = [:],
        python: PythonExecutor? = nil
    ) {
        self.calls = calls
        self.programs = programs
        self.native = native
        self.python = python
    }

    /// The kinds of function that there are any of.
    package var kinds: [FunctionSpecification.Kind] {
        [.call, .exec] + (native.isEmpty ? [] : [.native]) + (python == nil ? [] : [.python])
    }

    /// Keeps what functions need for longer than an attempt, the processes of Python functions, until cancelled.
    package func run() async { await python?.run() }

    /// Sees to it that a function can be run here, before there is a task for it.
    ///
    /// - Parameter files: the folder of the unpacked artefact of the function; nil where it has none.
    /// - Throws: `Failure` when it cannot.
    package func prepare(_ function: FunctionSpecification, files: String?) async throws {
        if case .python(let function) = function { try await python?.prepare(function, files: files) }
    }

    /// Keeps what functions need for longer than an attempt, the server of programs' credentials, until cancelled.
    package func run() async { await programs.serveCredentials() }

    /// Calls a function with a session.
    ///
    /// - Parameter files: the folder of the unpacked artefact of the function, an absolute path; nil where it has none.
    /// - Throws: what the function throws; `Failure` where there is no such function here or its program fails.
    func call(
        _ function: FunctionSpecification, with session: CoveSession, files: String?
    ) async throws -> JSONText? {
        switch function {
        case .call(let call): return try await calls.run(call, in: session)
        case .exec(let program):
            return try await programs.run(
                program,
                in: ProgramSession(
                    credentials: session.initialCredentials, renewed: { try await session.credentials() },
                    account: session.account.id, name: session.account.name, region: session.region,
                    run: session.run, information: session.sessionInformation, files: files))
        case .native(let function):
            guard let body = native[function.name] else {
                throw Failure(
                    type: "UnknownFunction",
                    message: "this program has no function \"\(function.name)\"; the run was made by another program")
            }
            return try await body(session)
        case .python(let function):
            guard let python else {
                throw Failure(type: "UnknownFunction", message: "this program cannot run \(function.file)")
            }
            return try await python.run(function, in: session, files: files)
        }
    }
}
