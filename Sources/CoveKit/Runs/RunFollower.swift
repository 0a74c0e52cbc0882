// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Synchronization

/// Follows a run from snapshot to snapshot, until nothing more happens in it.
final class RunFollower: Sendable {
    /// The longest time between two looks while something happens.
    static let pause = Duration.milliseconds(200)

    private struct State {
        var latest: RunSnapshot?
        var nextWatcher = 0
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let run: RunID
    private let service: any RunService
    private let clock: LinkClock
    private let state = Mutex(State())

    init(_ run: RunID, of service: any RunService, clock: LinkClock = .system) {
        self.run = run
        self.service = service
        self.clock = clock
    }

    /// Where the run stood when it was looked at last; nil before the first look.
    var latest: RunSnapshot? { state.withLock { $0.latest } }

    /// Ticks whenever something changed about the run; ticks that nobody took are one.
    ///
    /// Look at `latest` after each.
    var changes: AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let id = state.withLock { state in
                state.nextWatcher += 1
                state.watchers[state.nextWatcher] = continuation
                return state.nextWatcher
            }
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
            }
            continuation.yield()
        }
    }

    /// Looks again and again until the run is over, and returns how it stands then.
    ///
    /// The looks are close together at first, so that a short run is not kept waiting for the end of a pause.
    ///
    /// - Throws: what the service throws; `RequestFailure` when there is no such run (any more).
    func follow() async throws -> RunSnapshot {
        let start = clock.now()
        var revision: Int64?
        while true {
            guard let snapshot = try await service.snapshot(of: run, after: revision) else {
                throw RequestFailure.forgotten(run)
            }
            revision = snapshot.revision
            let watchers = state.withLock { state in
                state.latest = snapshot
                return Array(state.watchers.values)
            }
            for watcher in watchers { watcher.yield() }
            if snapshot.status.isOver { return snapshot }
            try await clock.sleep(min(Self.pause, (clock.now() - start) / 20))
        }
    }
}
