// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// Attempts whose function needs files.
@Suite(.timeLimit(.minutes(5)))
struct ArtefactAttemptTests {
    private let bench: ArtefactWorkshop
    private let sts: FakeSTS
    private let artefact: PackedArtefact

    init() throws {
        bench = try ArtefactWorkshop()
        sts = try FakeSTS()
        artefact = try ArtefactWorkshop.artefact(7)
    }

    private func runner(_ cache: ArtefactCache?) -> RoleAssumingRunner {
        RoleAssumingRunner(
            sessions: sts.sessions,
            functions: FunctionRegistry(
                programs: ProgramExecutor(environment: ["PATH": "/usr/bin:/bin"], limits: .init())),
            artefacts: cache, clock: sts.clock.clock, logger: .silent)
    }

    private func assignment(timeout: Int? = nil) -> RunAssignment {
        var assignment = RunAssignment.sample(timeout: timeout)
        assignment.function = .exec(ProgramSpecification(program: "bin/run", artefact: artefact.reference))
        return assignment
    }

    @Test func `the function has its files, which are held until the attempt ends`() async throws {
        async let end = runner(bench.cache).run(.sample(1), assignment(), cancellation: AttemptCancellation())
        await bench.bring(artefact)
        #expect(await end.outcome == .succeeded(JSONText(string: "7")))
    }

    @Test func `an attempt that is cancelled while its files come is given back as not started`() async throws {
        let cancellation = AttemptCancellation()
        async let end = runner(bench.cache).run(.sample(1), assignment(), cancellation: cancellation)
        _ = await bench.request()
        cancellation.cancel()
        #expect(await end.reason == .notStarted)
        #expect(bench.names == [])
    }

    @Test func `an attempt whose files take too long has failed, and not its role`() async throws {
        async let end = runner(bench.cache).run(
            .sample(1), assignment(timeout: 3), cancellation: AttemptCancellation())
        _ = await bench.request()
        await sts.clock.sleeping(1)
        sts.clock.advance(by: .seconds(3))
        let outcome = await end.outcome
        guard case .failed(let failure) = outcome else { return #expect(Bool(false), "\(String(describing: outcome))") }
        #expect(failure.type == "TaskTimeout")
    }

    @Test func `files that cannot be had are a failure of the task`() async throws {
        async let end = runner(bench.cache).run(.sample(1), assignment(), cancellation: AttemptCancellation())
        let request = try #require(await bench.request())
        bench.cache.received(ArtefactPart(artefact: request.artefact, offset: 0, content: .problem("it is gone")))
        guard case .failed(let failure) = await end.outcome else { return #expect(Bool(false), "it did not fail") }
        #expect(failure.type == "ArtefactUnavailable" && failure.message.contains("it is gone"))
    }

    @Test func `a role that is not assumed needs no files`() async throws {
        let sts = try FakeSTS { _ in FakeSTS.refusal("AccessDenied", status: 403) }
        let runner = RoleAssumingRunner(
            sessions: sts.sessions,
            functions: FunctionRegistry(programs: ProgramExecutor(environment: [:], limits: .init())),
            artefacts: bench.cache, clock: sts.clock.clock, logger: .silent)
        let end = await runner.run(.sample(1), assignment(), cancellation: AttemptCancellation())
        guard case .roleNotAssumed = end.outcome else { return #expect(Bool(false), "\(end)") }
        #expect(bench.cache.nextRequest() == nil)
    }

    @Test func `a worker without a place for files says so`() async throws {
        let end = await runner(nil).run(.sample(1), assignment(), cancellation: AttemptCancellation())
        #expect(end.outcome?.failure?.type == "ArtefactUnavailable")
    }
}
