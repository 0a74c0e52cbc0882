// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveKit

/// Waiting for a coordinator that was lost.
@Suite struct PatientServiceTests {
    /// A service whose requests fail as a test says, and are asked of a store otherwise.
    final class FailingService: ForwardingService {
        let failures: Watched<[any Error]>
        let asked = Watched(0)
        private let service: any RunService

        init(_ service: any RunService, failures: [any Error]) {
            self.service = service
            self.failures = Watched(failures)
        }

        func ask<Value: Sendable>(_ request: (any RunService) async throws -> Value) async throws -> Value {
            asked.increment()
            if let failure = failures.update({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
            return try await request(service)
        }
    }

    private struct Fixture {
        let run: StoredRun
        let failing: FailingService
        let clock = ManualClock()
        let service: PatientService
        private let messages: TemporaryFolder

        init(failures: [any Error]) async throws {
            run = try await StoredRun(accounts: 2)
            failing = FailingService(IdleRun(store: run.store), failures: failures)
            messages = try TemporaryFolder()
            let file = try #require(FileDescriptor(writing: messages.file("stderr")))
            service = PatientService(
                failing, console: Console(isTerminal: false, isQuiet: false, output: file), clock: clock.clock)
        }

        func said() throws -> [String] { try messages.text("stderr").split(separator: "\n").map(String.init) }
    }

    private static let closed = LinkError(.closed, "the link was closed")

    @Test func `a coordinator that was never there is an error at once`() async throws {
        let fixture = try await Fixture(failures: [LinkError(.unreachable, "nobody listens")])
        await #expect(throws: LinkError.self) { _ = try await fixture.service.runs() }
        #expect(try fixture.said() == [])
    }

    @Test func `one that is lost is asked again until it answers`() async throws {
        let fixture = try await Fixture(failures: [])
        _ = try await fixture.service.runs()
        fixture.failing.failures.update { $0 = [Self.closed, LinkError(.unreachable, "nobody listens"), Self.closed] }
        async let record = fixture.service.run(fixture.run.id)
        await fixture.clock.advance(by: .milliseconds(500), times: 2)
        fixture.clock.advance(by: .milliseconds(500))
        #expect(try await record?.counts.total == 2)
        #expect(fixture.failing.asked.value == 5)
        #expect(
            try fixture.said() == [
                "cove: lost the coordinator; trying again, the run goes on", "cove: connected to the coordinator again",
            ])
    }

    @Test func `one that refuses is not waited for`() async throws {
        let fixture = try await Fixture(failures: [])
        _ = try await fixture.service.runs()
        fixture.failing.failures.update { $0 = [LinkError(.refused, "the token is not known")] }
        await #expect(throws: LinkError(.refused, "the token is not known")) { _ = try await fixture.service.runs() }
        fixture.failing.failures.update { $0 = [RequestFailure(.conflict, ["no"])] }
        await #expect(throws: RequestFailure(.conflict, ["no"])) { _ = try await fixture.service.runs() }
    }
}
