// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveWorker

/// What a worker's operator does not allow is not done, whatever the coordinator grants.
@Suite(.timeLimit(.minutes(5)))
struct WorkerAllowingTests {
    private static func configuration(
        kinds: [FunctionSpecification.Kind] = [.native], regions: [String]? = nil, roles: [String]? = nil
    ) -> WorkerConfiguration {
        WorkerConfiguration(name: "w1", kinds: kinds, regions: regions, roles: roles, clock: ManualClock().clock)
    }

    @Test(arguments: [
        (configuration(), true),
        (configuration(regions: ["eu-*"], roles: ["audit/*"]), true),
        (configuration(regions: ["us-*", "eu-west-1"]), true),
        (configuration(roles: ["Reader", "audit/Reader"]), true),
        (configuration(kinds: []), false),
        (configuration(kinds: [.exec]), false),
        (configuration(regions: []), false),
        (configuration(regions: ["eu-west-2", "us-*"]), false),
        (configuration(roles: []), false),
        // A path is part of what is allowed.
        (configuration(roles: ["Reader"]), false),
        (configuration(roles: ["audit"]), false),
    ])
    func `an attempt is allowed where its kind, region and role are`(
        _ configuration: WorkerConfiguration, _ isAllowed: Bool
    ) {
        let failure = configuration.refusal(of: .sample(1), .sample())
        #expect((failure == nil) == isAllowed)
        #expect(failure == nil || failure?.type == "NotAllowed")
    }

    @Test func `what runs without a region runs anywhere`() {
        let lease = Lease.sample(1, region: nil)
        #expect(Self.configuration(regions: ["us-*"]).refusal(of: lease, .sample()) == nil)
    }

    @Test func `the text names what was asked and what is allowed`() {
        let kind = Self.configuration(kinds: [.exec]).refusal(of: .sample(1), .sample())
        #expect(
            kind?.message == "the worker w1 may not run functions of the kind native: its operator allows exec; "
                + "change the run, or what the worker is allowed, and retry")
        let region = Self.configuration(regions: ["us-*", "ca-*"]).refusal(of: .sample(1), .sample())
        #expect(region?.message.contains("work in eu-west-1: its operator allows us-*, ca-*;") == true)
        let role = Self.configuration(roles: []).refusal(of: .sample(1), .sample())
        #expect(role?.message.contains("assume the role audit/Reader: its operator allows nothing;") == true)
        #expect(kind?.isRetryable == false)
    }

    @Test func `an attempt that is not allowed is reported as failed, and nothing is done for it`() async throws {
        let attempts = HandDrivenAttempts()
        var configuration = Self.configuration(regions: ["us-*"])
        configuration.slots = 2
        let worker = Worker(configuration: configuration, runner: attempts, logger: .silent)
        let (link, end) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run(over: link) }
            _ = await end.receive()
            await end.send(.welcome(Welcome(epoch: 1, terms: LeaseTerms())))
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 2)))
            let leases = [Lease.sample(1), Lease.sample(2, region: "us-east-1")]
            await end.send(.grant(LeaseGrant(leases: leases, assignments: [.sample()])))
            guard case .report(let reports) = await end.receive() else { return #expect(Bool(false), "no report") }
            #expect(reports.map(\.token) == [leases[0].token])
            guard case .failed(let failure) = reports[0].outcome else { return #expect(Bool(false), "not failed") }
            #expect(failure.type == "NotAllowed")
            #expect(await end.receive() == .leaseRequest(LeaseRequest(want: 1)))
            await attempts.started(1)
            #expect(attempts.state.value.started == [leases[1].token])
            end.close()
            try await group.waitForAll()
        }
    }

    @Test func `a session is 128 random bits`() {
        var generator = SeededGenerator(seed: 3)
        let sessions = (0..<200).map { _ in WorkerConfiguration.newSession(using: &generator) }
        #expect(Set(sessions).count == 200)
        #expect(sessions.allSatisfy { $0.utf8.count == 32 && $0.allSatisfy(\.isHexDigit) })
    }
}
