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

    /// Operations of AWS, programs, and Swift functions by their names.
    package init(
        calls: CallExecutor = CallExecutor(), programs: ProgramExecutor, native: [String: NativeFunction] = [:],
        offer: NativeOffer? = nil
    ) {
        self.calls = calls
        self.programs = programs
        self.native = native
        self.offer = offer
    }

    /// The kinds of function that there are any of.
    package var kinds: [FunctionSpecification.Kind] { native.isEmpty ? [.call, .exec] : [.call, .exec, .native] }

    /// Calls a function with a session.
    ///
    /// - Throws: what the function throws; `Failure` where there is no such function here or its program fails.
    func call(_ function: FunctionSpecification, with session: CoveSession) async throws -> JSONText? {
        switch function {
        case .call(let call): return try await calls.run(call, in: session)
        case .exec(let program):
            return try await programs.run(
                program,
                in: ProgramSession(
                    credentials: session.initialCredentials, account: session.account.id, region: session.region,
                    run: session.run, information: session.sessionInformation))
        case .native(let function):
            return try await body(of: function)(session, function.input)
        case .python(let function):
            throw Failure(type: "UnknownFunction", message: "this program cannot run \(function.file)")
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
