// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import Testing

@testable import CoveWorker

/// The functions of a program, as a worker finds them: whatever it is granted, it runs what it has, of its own build.
@Suite(.timeLimit(.minutes(5)))
struct FunctionRegistryTests {
    private static let offer = NativeOffer(program: "audit", build: "b1", functions: [.init(name: "echo")])

    private func run(_ function: NativeSpecification, offer: NativeOffer?) async throws -> Outcome? {
        let sts = try FakeSTS()
        let functions = FunctionRegistry(
            programs: ProgramExecutor(environment: [:], limits: ProgramLimits()), native: ["echo": { $1 }], offer: offer
        )
        let runner = RoleAssumingRunner(
            sessions: sts.sessions, functions: functions, clock: sts.clock.clock, logger: .silent)
        var assignment = RunAssignment.sample()
        assignment.function = .native(function)
        return await runner.run(.sample(1), assignment, cancellation: AttemptCancellation()).outcome
    }

    @Test func `a function is given its input`() async throws {
        let input = JSONText(string: "x")
        let outcome = try await run(NativeSpecification(name: "echo", build: "b1", input: input), offer: Self.offer)
        #expect(outcome == .succeeded(input))
        #expect(try await run(NativeSpecification(name: "echo", input: input), offer: nil) == .succeeded(input))
    }

    @Test(
        arguments: [
            (NativeSpecification(name: "other", build: "b1"), offer, "UnknownFunction", "has no function \"other\""),
            (
                NativeSpecification(name: "echo", build: "b2"), offer, "OtherBuild",
                "that of build b2 in the run and of build b1 here"
            ),
            (
                NativeSpecification(name: "echo"), offer, "OtherBuild",
                "that of a closure in the run and of build b1 here"
            ),
            (
                NativeSpecification(name: "echo", build: "b2"), nil, "OtherBuild",
                "of build b2 in the run and of a closure here"
            ),
        ] as [(NativeSpecification, NativeOffer?, String, String)])
    func `a function that is not here, or of another build, is not run`(
        _ function: NativeSpecification, _ offer: NativeOffer?, _ type: String, _ message: String
    ) async throws {
        guard case .failed(let failure) = try await run(function, offer: offer) else {
            Issue.record("it was run")
            return
        }
        #expect(failure.type == type && failure.isRetryable == false)
        #expect(failure.message.contains(message))
    }
}
