// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// The functions that a worker can run.
package struct FunctionRegistry: Sendable {
    /// A Swift function: its result as JSON, nil where it returns nothing.
    package typealias NativeFunction = @Sendable (CoveSession) async throws -> JSONText?

    private let calls: CallExecutor
    private let programs: ProgramExecutor
    private let native: [String: NativeFunction]

    /// Operations of AWS, programs, and Swift functions by their names.
    package init(
        calls: CallExecutor = CallExecutor(), programs: ProgramExecutor, native: [String: NativeFunction] = [:]
    ) {
        self.calls = calls
        self.programs = programs
        self.native = native
    }

    /// The kinds of function that there are any of.
    package var kinds: [FunctionSpecification.Kind] { native.isEmpty ? [.call, .exec] : [.call, .exec, .native] }

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
            throw Failure(type: "UnknownFunction", message: "this program cannot run \(function.file)")
        }
    }
}
