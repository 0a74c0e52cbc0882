// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// The functions that a worker can run.
package struct FunctionRegistry: Sendable {
    /// A Swift function: given a session and its input, its result as JSON, nil where it returns nothing.
    package typealias NativeFunction = @Sendable (CoveSession, JSONText?) async throws -> JSONText?

    private let calls: CallExecutor
    private let programs: ProgramExecutor
    private let native: [String: NativeFunction]
    /// The program and build that the Swift functions are of, as a coordinator is told of them; nil for closures.
    package let offer: NativeOffer?
    private let python: PythonExecutor?

    /// Operations of AWS, programs, and Swift functions by their names.
    package init(
        calls: CallExecutor = CallExecutor(), programs: ProgramExecutor, native: [String: NativeFunction] = [:],
        offer: NativeOffer? = nil, python: PythonExecutor? = nil
    ) {
        self.calls = calls
        self.programs = programs
        self.native = native
        self.offer = offer
        self.python = python
    }

    /// The kinds of function that there are any of.
    package var kinds: [FunctionSpecification.Kind] {
        [.call, .exec] + (native.isEmpty ? [] : [.native]) + (python == nil ? [] : [.python])
    }

    /// Keeps what functions need for longer than an attempt until cancelled: the server of programs' credentials, and the
    /// processes of Python functions.
    package func run() async {
        async let credentials: Void = programs.serveCredentials()
        async let processes: Void? = python?.run()
        _ = await (credentials, processes)
    }

    /// Sees to it that a function can be run here, before there is a task for it.
    ///
    /// - Parameter files: the folder of the unpacked artefact of the function; nil where it has none.
    /// - Throws: `Failure` when it cannot.
    package func prepare(_ function: FunctionSpecification, files: String?) async throws {
        if case .python(let function) = function { try await python?.prepare(function, files: files) }
    }

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
            return try await body(of: function)(session, function.input)
        case .python(let function):
            guard let python else {
                throw Failure(type: "UnknownFunction", message: "this program cannot run \(function.file)")
            }
            return try await python.run(function, in: session, files: files)
        }
    }

    /// The function that is meant: of this name, and of this build.
    private func body(of function: NativeSpecification) throws(Failure) -> NativeFunction {
        guard let body = native[function.name] else {
            throw Failure(
                type: "UnknownFunction",
                message: "this program has no function \"\(function.name)\"; the run was made by another program",
                isRetryable: false)
        }
        let build = offer?.build
        guard function.build == build else {
            let name = { (build: String?) in build.map { "build \(NativeOffer.short($0))" } ?? "a closure" }
            throw Failure(
                type: "OtherBuild",
                message: "the function \"\(function.name)\" is that of \(name(function.build)) in the run and of "
                    + "\(name(build)) here: nothing says that it does the same",
                isRetryable: false)
        }
        return body
    }
}
