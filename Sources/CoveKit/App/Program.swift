// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWorker

/// What this process is: the program's name, as it is typed, and the Swift functions that it has.
struct Program: Sendable {
    /// `cove` itself.
    static let cove = Program(name: "cove", functions: [])

    /// A user's program, while its command line is performed.
    @TaskLocal private static var app: Program?

    /// The program whose commands are performed.
    static var current: Program { app ?? .cove }

    /// The program that a function is run by, whether it has commands or not.
    static var running: Program { app ?? Program(name: ProcessEnvironment.programName, functions: []) }

    var name: String
    var functions: [any CoveFunction]

    /// Calls `body` as this program.
    func perform<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        try await Self.$app.withValue(self) { try await body() }
    }

    /// What keeps it from being a program; empty where nothing does.
    var problems: [String] {
        var count: [String: Int] = [:]
        for function in functions { count[function.name, default: 0] += 1 }
        var found = count.filter { $0.value > 1 }.keys.sorted().map { name in
            "\(count[name] ?? 0) functions of \(self.name) have the name \"\(name)\": give each its own, "
                + "or list it once in `functions`"
        }
        if functions.count > NativeOffer.mostFunctions {
            found.append(
                "\(name) has \(functions.count) functions: expected at most \(NativeOffer.mostFunctions)")
        }
        for name in functions.map(\.name) where name.isEmpty || name.utf8.count > 256 {
            found.append("a function's name has \(name.utf8.count) bytes: expected 1 to 256")
        }
        return found
    }

    /// The function of a name.
    func function(named name: String) -> (any CoveFunction)? { functions.first { $0.name == name } }

    /// The functions as a worker calls them.
    var native: [String: FunctionRegistry.NativeFunction] {
        Dictionary(functions.map { ($0.name, $0.native) }, uniquingKeysWith: { first, _ in first })
    }

    /// Its functions as a coordinator is told of them; nil where it has none.
    ///
    /// - Throws: `InvalidRequest` when the program's own file cannot be read.
    func offer() throws -> NativeOffer? { try offer(of: functions) }

    /// Some of its functions as a coordinator is told of them; shapes are left out where they would take too much.
    func offer(of functions: [any CoveFunction]) throws -> NativeOffer? {
        guard !functions.isEmpty else { return nil }
        let offer = NativeOffer(
            program: name, build: try ExecutableFile.build.get(),
            functions: functions.map {
                NativeOffer.Function(name: $0.name, input: $0.inputShape, output: $0.outputShape)
            })
        return offer.size > NativeOffer.mostBytes ? offer.withoutShapes : offer
    }

    /// Why this program cannot go on with a run; nil where it can.
    ///
    /// Only the same build can: nothing says that a function does the same in another, and a run does one thing.
    func refusal(of function: NativeSpecification, run: RunID) throws -> InvalidRequest? {
        let made = function.program ?? "another program"
        guard let build = function.build else {
            return InvalidRequest(
                "run \(run) is of a closure of \(made): nobody can go on with it. What stands in a function with @Cove, "
                    + "listed in a CoveApp, can be gone on with")
        }
        guard self.function(named: function.name) != nil else {
            return InvalidRequest(
                "run \(run) is of the Swift function \(function.identity), which \(name) does not have: only the program "
                    + "that made it can go on with it; where it is a CoveApp, with: \(made) resume \(run)")
        }
        let own = try ExecutableFile.build.get()
        guard own == build else {
            return InvalidRequest(
                "run \(run) is of the Swift function \(function.identity), and this is build "
                    + "\(NativeOffer.short(own)): a program that was built anew cannot show that its function does the "
                    + "same. Go on with the former build, or make a new run of what is left")
        }
        return nil
    }
}
