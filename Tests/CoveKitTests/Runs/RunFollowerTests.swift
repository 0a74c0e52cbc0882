// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveKit

/// Following a run from snapshot to snapshot.
@Suite struct RunFollowerTests {
    /// A service that answers a script of snapshots, one a call.
    private final class ScriptedService: ForwardingService {
        let script: Watched<[RunSnapshot?]>
        let asked = Watched<[Int64?]>([])

        init(_ script: [RunSnapshot?]) { self.script = Watched(script) }

        func ask<Value: Sendable>(_ request: (any RunService) async throws -> Value) async throws -> Value {
            throw RequestFailure(.invalidRequest, ["only snapshots are answered"])
        }

        func snapshot(of run: RunID, after revision: Int64?) async throws -> RunSnapshot? {
            asked.update { $0.append(revision) }
            return script.update { $0.removeFirst() }
        }
    }

    private static func snapshot(_ revision: Int64, isCompleted: Bool = false) throws -> RunSnapshot {
        RunSnapshot(
            record: RunRecord(
                id: try .sample(), specification: RunSpecification(function: .native("f")), state: .planned,
                createdAt: .start, callingAccount: nil, partition: nil, counts: RunCounts(), accounts: 0),
            status: RunStatus(isCompleted: isCompleted, leasesOut: 0), revision: revision)
    }

    @Test func `a run is looked at until it is over, each time for what is new`() async throws {
        let service = ScriptedService([
            try Self.snapshot(4), try Self.snapshot(9), try Self.snapshot(12, isCompleted: true),
        ])
        let clock = ManualClock()
        let follower = RunFollower(try .sample(), of: service, clock: clock.clock)
        let changes = follower.changes
        async let ended = follower.follow()
        await clock.advance(by: .milliseconds(1), times: 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await ended.revision == 12)
        #expect(service.asked.value == [nil, 4, 9])
        #expect(follower.latest?.revision == 12)
        var ticks = 0
        for await _ in changes {
            ticks += 1
            break
        }
        #expect(ticks == 1, "ticks that nobody took are one")
    }

    @Test func `a run that is forgotten meanwhile is told`() async throws {
        let service = ScriptedService([nil])
        await #expect(throws: RequestFailure.forgotten(try .sample())) {
            _ = try await RunFollower(.sample(), of: service).follow()
        }
    }
}
