// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Testing
import UnixSignals

@testable import CoveKit

/// The steps in which a worker stops, by signals and by time.
@Suite struct DrainSignalsTests {
    private enum Step: Sendable { case drain, cancel, leave }

    /// A worker's steps, noted.
    private final class Scene: Sendable {
        let steps = Watched<[Step]>([])
        let time = ManualClock()
        let signals: AsyncStream<UnixSignal>.Continuation
        private let stream: AsyncStream<UnixSignal>
        private let place: TemporaryFolder
        private let console: Console

        init() throws {
            (stream, signals) = AsyncStream.makeStream()
            place = try TemporaryFolder()
            let file = try #require(FileDescriptor(writing: place.file("err")))
            console = Console(isTerminal: false, isQuiet: false, output: file)
        }

        /// Watches while `body` sends signals, until that ends them.
        func watch(_ body: @escaping @Sendable (Scene) async throws -> Void) async throws -> [String] {
            let watcher = DrainSignals(
                signals: stream,
                steps: .init(
                    drain: {
                        self.steps.update { $0.append(.drain) }
                        return 2
                    }, cancelAttempts: { self.steps.update { $0.append(.cancel) } },
                    leave: { self.steps.update { $0.append(.leave) } }),
                drainTimeout: .seconds(20), console: console, clock: time.clock)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watcher.watch() }
                try await body(self)
                signals.finish()
                try await group.waitForAll()
            }
            return try place.text("err").split(separator: "\n").map(String.init)
        }

        func until(_ expected: [Step]) async { await steps.until { $0.count >= expected.count } }
    }

    @Test(arguments: [UnixSignal.sigterm, .sigint, .sighup])
    func `the first signal drains, and nothing is ended before its time`(signal: UnixSignal) async throws {
        let scene = try Scene()
        let lines = try await scene.watch { scene in
            scene.signals.yield(signal)
            await scene.time.sleeping()
            scene.time.advance(by: .milliseconds(19_999))
        }
        #expect(scene.steps.value == [.drain])
        #expect(lines == ["cove: draining: 2 running attempts have 20 s to finish; a second signal ends them"])
    }

    @Test func `when the drain timeout has passed, what runs is ended`() async throws {
        let scene = try Scene()
        let lines = try await scene.watch { scene in
            scene.signals.yield(.sigterm)
            await scene.time.sleeping()
            scene.time.advance(by: .seconds(20))
            await scene.until([.drain, .cancel])
        }
        #expect(scene.steps.value == [.drain, .cancel])
        #expect(
            lines.last
                == "cove: draining: the drain timeout has passed, ending what runs; a further signal leaves at once")
    }

    @Test func `the second signal ends what runs at once, and time does not do it again`() async throws {
        let scene = try Scene()
        let lines = try await scene.watch { scene in
            scene.signals.yield(.sigint)
            await scene.time.sleeping()
            scene.signals.yield(.sigint)
            await scene.until([.drain, .cancel])
            scene.time.advance(by: .seconds(20))
        }
        #expect(scene.steps.value == [.drain, .cancel])
        #expect(lines.count == 2)
    }

    @Test func `a further signal leaves when time has ended what runs`() async throws {
        let scene = try Scene()
        _ = try await scene.watch { scene in
            scene.signals.yield(.sigterm)
            await scene.time.sleeping()
            scene.time.advance(by: .seconds(20))
            await scene.until([.drain, .cancel])
            scene.signals.yield(.sigterm)
            await scene.until([.drain, .cancel, .leave])
        }
        #expect(scene.steps.value == [.drain, .cancel, .leave])
    }
}
