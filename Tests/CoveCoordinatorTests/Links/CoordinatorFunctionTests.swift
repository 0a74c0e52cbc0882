// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

extension NativeOffer {
    /// The functions of a build of the program audit.
    static func audit(_ build: String, _ functions: String...) -> NativeOffer {
        NativeOffer(program: "audit", build: build, functions: functions.map { Function(name: $0, output: "text") })
    }
}

extension Hello {
    /// A worker that names functions.
    static func having(_ functions: [String], shape: String? = nil) -> Hello {
        Hello(
            worker: "w", session: "s", slots: 1, kinds: [.native],
            native: NativeOffer(
                program: "audit", build: "b1", functions: functions.map { .init(name: $0, input: shape) }))
    }
}

/// The functions of programs: a task goes only to a worker of the same build that has its function.
@Suite(.timeLimit(.minutes(5)))
struct CoordinatorFunctionTests {
    private static let function = FunctionSpecification.native(
        NativeSpecification(name: "users", program: "audit", build: "b1"))

    @Test(arguments: [
        (NativeOffer.audit("b1", "keys", "users"), true), (.audit("b2", "users"), false), (.audit("b1", "keys"), false),
        (nil, false),
    ])
    func `a task goes only to a worker that has its function, of the same build`(
        _ offer: NativeOffer?, _ isGranted: Bool
    ) async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(function: Self.function)
        try await bench.withWorker { worker in
            await worker.hello(kinds: [.native], native: offer)
            _ = try await worker.welcome()
            await worker.ask(2)
            if isGranted { _ = try await worker.leases(2) }
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == (isGranted ? 2 : 0))
        }
    }

    @Test func `a worker that does not allow Swift functions is granted none, whatever it has`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(function: Self.function)
        try await bench.withWorker { worker in
            await worker.hello(kinds: [.call], native: .audit("b1", "users"))
            _ = try await worker.welcome()
            await worker.ask(2)
            try await worker.caughtUp()
            #expect(try await bench.counts(run).leased == 0)
            #expect(
                bench.coordinator.change { $0.lack(for: run) } == .everything("no connected worker allows native"))
        }
    }

    @Test func `a function without a build goes to any worker, as from clients that know of no builds`() async throws {
        let bench = try await CoordinatorBench()
        _ = try await bench.activeRun(function: .native("users"))
        try await bench.withWorker { worker in
            await worker.hello(kinds: [.native])
            _ = try await worker.welcome()
            await worker.ask(2)
            _ = try await worker.leases(2)
        }
    }

    @Test func `what waits for a build says which are connected`() async throws {
        let bench = try await CoordinatorBench()
        let run = try await bench.activeRun(function: Self.function)
        try await bench.withWorker { worker in
            await worker.hello(kinds: [.native], native: .audit("b2222222222222", "users"))
            _ = try await worker.welcome()
            #expect(
                bench.coordinator.change { $0.lack(for: run) }
                    == .everything(
                        "no connected worker has the function users of audit, build b1: connected are "
                            + "audit b22222222222 (another build with users)"))
            #expect(
                bench.coordinator.workers().first?.native == NativeOffer.audit("b2222222222222", "users").withoutShapes)
            try await bench.withWorker { other in
                await other.hello("w2", kinds: [.native], native: .audit("b1", "users"))
                _ = try await other.welcome()
                #expect(bench.coordinator.change { $0.lack(for: run) } == nil)
            }
        }
    }

    @Test func `a function whose name or input is too long is refused, with all that is`() {
        let long = String(repeating: "x", count: 257)
        let function = NativeSpecification(
            name: long, program: long, build: long, input: JSONText(string: String(repeating: "x", count: 262_143)))
        #expect(
            RunSpecification(function: .native(function)).problems == [
                "the function's name has 257 bytes: expected at most 256",
                "the function's program has 257 bytes: expected at most 256",
                "the function's build has 257 bytes: expected at most 256",
                "the input has 262145 bytes: expected at most 262144",
            ])
        #expect(RunSpecification(function: .native("")).problems == ["the function has no name"])
    }

    @Test func `an input and a Python function's arguments together are stored up to one size`() {
        func text(_ bytes: Int) -> JSONText {
            JSONText(trusted: Array("{\"a\":\"\(String(repeating: "x", count: bytes - 8))\"}".utf8))
        }
        func problems(_ positional: Int, _ named: Int) -> [String] {
            RunSpecification(
                function: .python(
                    PythonSpecification(
                        artefact: nil, file: "a.py", function: "f", arguments: text(positional),
                        keywordArguments: text(named)))
            ).problems
        }
        #expect(problems(131_072, 131_072).isEmpty)
        #expect(
            problems(131_073, 131_072) == [
                "the function's arguments have 262145 bytes as JSON: expected at most 262144, because they are stored with the "
                    + "run; pass less, or where it is"
            ])
        let unnamed = PythonSpecification(artefact: nil, file: "a.py", function: "")
        #expect(RunSpecification(function: .python(unnamed)).problems == ["the function has no name"])
        for (bytes, expected) in [
            (262_144, []), (262_145, ["the input has 262145 bytes: expected at most 262144"]),
        ] {
            let call = CallSpecification(service: "iam", operation: "list-users", input: text(bytes))
            #expect(RunSpecification(function: .call(call)).problems == expected)
        }
    }
}
