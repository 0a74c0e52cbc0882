// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveKit

@Suite struct AnnouncingLinksTests {
    /// A source that has one end of a loopback link, again and again.
    private struct Source: LinkSource {
        let coordinator: @Sendable (any CoordinatorLink) async -> Void

        func withLink<Result: Sendable>(_ body: (any WorkerLink) async throws -> Result) async throws -> Result {
            let (worker, coordinator) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.coordinator(coordinator) }
                defer { worker.close() }
                return try await body(worker)
            }
        }
    }

    @Test func `a welcome is announced on every link, and every message goes through`() async throws {
        let welcomes = Watched(0)
        let heard = Watched<[CoordinatorMessage]>([])
        let source = Source { link in
            #expect(await link.receive() == .heartbeat(Heartbeat(number: 1)))
            await link.send(.welcome(Welcome(epoch: 1, terms: LeaseTerms())))
            await link.send(.drain)
            link.close()
        }
        let links = AnnouncingLinks(source: source) { _ in welcomes.increment() }
        for count in 1...2 {
            try await links.withLink { link in
                await link.send(.heartbeat(Heartbeat(number: 1)))
                while let message = await link.receive() { heard.update { $0.append(message) } }
            }
            #expect(welcomes.value == count)
        }
        let expected: [CoordinatorMessage] = [.welcome(Welcome(epoch: 1, terms: LeaseTerms())), .drain]
        #expect(heard.value == expected + expected)
    }

    @Test func `a coordinator that refuses is not announced`() async throws {
        let welcomes = Watched(0)
        let source = Source { link in
            await link.send(.refusal(Refusal(code: "outOfTurn", message: "m")))
            link.close()
        }
        try await AnnouncingLinks(source: source) { _ in welcomes.increment() }.withLink { link in
            while await link.receive() != nil {}
        }
        #expect(welcomes.value == 0)
    }
}
