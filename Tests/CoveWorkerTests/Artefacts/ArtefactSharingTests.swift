// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Testing

@testable import CoveWorker

/// Files at a worker that are no longer wanted, or shared with others.
@Suite(.timeLimit(.minutes(1)))
struct ArtefactSharingTests {
    private func failure(of body: () async throws -> Void) async -> Failure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? Failure
        }
    }

    @Test func `who does not wait any longer is let go, and what nobody waits for is not fetched`() async throws {
        let bench = try ArtefactWorkshop()
        let (artefact, other) = (try ArtefactWorkshop.artefact(1), try ArtefactWorkshop.artefact(2))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await bench.cache.with(artefact.reference) { _ in }
                }
            }
            let request = await bench.request()
            group.cancelAll()
            try await group.waitForAll()
            #expect(bench.names == [], "what had come is gone")
            // Its answer is still under way; then the next one is asked for.
            async let next: Void = bench.cache.with(other.reference) { _ in }
            let part = ArtefactPart(
                artefact: artefact.reference, offset: request?.offset ?? 0, content: .bytes(artefact.bytes))
            bench.cache.received(part)
            await bench.bring(other)
            try await next
        }
        #expect(bench.names == [ArtefactWorkshop.name(of: other)])
    }

    @Test(arguments: 0..<20) func `wherever somebody leaves, the others have what they want`(seed: Int) async throws {
        let bench = try ArtefactWorkshop()
        let artefact = try ArtefactWorkshop.artefact(bytes: 3_000)
        let used = Watched(0)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { while await bench.answer(artefact, upTo: 500) != nil { bench.wakes.increment() } }
            for number in 0..<20 {
                group.addTask {
                    await withTaskGroup(of: Void.self) { own in
                        own.addTask {
                            do {
                                try await bench.cache.with(artefact.reference) { _ in used.increment() }
                            } catch {
                                #expect(error is CancellationError)
                                used.increment()
                            }
                        }
                        guard (number + seed) % 3 == 0 else { return }
                        for _ in 0..<(number + seed) { await Task.yield() }
                        own.cancelAll()
                    }
                }
            }
            await used.until { $0 == 20 }
            group.cancelAll()
        }
        #expect(used.value == 20 && bench.cache.nextRequest() == nil)
        #expect(bench.names.allSatisfy { $0 == ArtefactWorkshop.name(of: artefact) })
    }

    @Test func `what was not used for longest makes room, and what is in use stays`() async throws {
        let artefacts = try (1...4).map { try ArtefactWorkshop.artefact($0) }
        let size = artefacts[0].bytes.count
        let bench = try ArtefactWorkshop(limit: 2 * size)
        try await bench.cache.with(artefacts[0], bench) { _ in
            try await bench.use(artefacts[1])
            try await bench.use(artefacts[2])
            #expect(Set(bench.names) == Set([0, 2].map { ArtefactWorkshop.name(of: artefacts[$0]) }))
            try await bench.cache.with(artefacts[2], bench) { _ in
                let full = await failure { try await bench.use(artefacts[3]) }
                #expect(full?.type == "ArtefactUnavailable" && full?.isRetryable == true)
            }
            // Another process that uses one keeps it too.
            let lock = FolderLock.take(bench.folder.file("artefacts/\(bench.names.first ?? "")"), .shared)
            #expect(lock != nil)
        }
        try await bench.use(artefacts[3])
        #expect(bench.names.count == 2 && bench.names.contains(ArtefactWorkshop.name(of: artefacts[3])))
    }

    @Test func `two processes that fetch the same share what came first`() async throws {
        let artefact = try ArtefactWorkshop.artefact()
        let first = try ArtefactWorkshop()
        let second = try ArtefactWorkshop(in: first.folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for bench in [first, second] { group.addTask { try await bench.cache.with(artefact.reference) { _ in } } }
            // Both ask before either has it.
            let requests = (await first.request(), await second.request())
            for (bench, request) in [(first, requests.0), (second, requests.1)] {
                guard let request else { continue }
                bench.cache.received(
                    ArtefactPart(artefact: request.artefact, offset: request.offset, content: .bytes(artefact.bytes)))
            }
            try await group.waitForAll()
        }
        #expect(first.fetches == 1 && second.fetches == 1)
        #expect(first.names == [ArtefactWorkshop.name(of: artefact)])
    }
}

extension ArtefactCache {
    /// Uses an artefact that is brought first.
    fileprivate func with(
        _ artefact: PackedArtefact, _ bench: ArtefactWorkshop, _ body: (String) async throws -> Void
    ) async throws {
        try await bench.use(artefact)
        try await with(artefact.reference, body)
    }
}
