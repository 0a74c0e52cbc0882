// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import CoveAWS

/// A source whose answers a test gives, one fetch after the other.
private final class GatedSource: Sendable {
    private struct State {
        var started = 0
        var calls = 0
        var gates: [Int: CheckedContinuation<Credentials, any Error>] = [:]
        var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var started: Int { state.withLock { $0.started } }

    /// The fetch: waits for the test's answer, or for its task's cancellation.
    func fetch() async throws -> Credentials {
        let id = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let arrived = state.withLock { state in
                    state.started += 1
                    state.gates[id] = continuation
                    let ready = state.arrivals.filter { $0.count <= state.started }
                    state.arrivals.removeAll { $0.count <= state.started }
                    return ready
                }
                for arrival in arrived { arrival.continuation.resume() }
                if Task.isCancelled { answer(.failure(CancellationError()), to: id) }
            }
        } onCancel: {
            answer(.failure(CancellationError()), to: id)
        }
    }

    /// Waits until so many fetches have been started.
    func hasStarted(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.started >= count { return true }
                state.arrivals.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Answers the fetch that is under way, or a certain one.
    func answer(_ result: Result<Credentials, any Error>, to id: Int? = nil) {
        let gate = state.withLock { state in
            (id ?? state.gates.keys.min()).flatMap { state.gates.removeValue(forKey: $0) }
        }
        gate?.resume(with: result)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `A credential cache` {
    private let clock = TestClock()
    private let failure = AWSError(.timedOut, code: "Timeout", message: "no answer")

    private func session(_ name: String, lasting seconds: Double = 3600) -> Credentials {
        Credentials(
            accessKeyID: name, secretAccessKey: "s", sessionToken: "t",
            expiration: clock.now.addingTimeInterval(seconds))
    }

    /// A cache and the number of fetches, each of which takes its answer from a list.
    private func cache(_ answers: [Result<Credentials, any Error>]) -> (CredentialCache, @Sendable () -> Int) {
        let queue = Counter()
        let cache = CredentialCache(now: { [clock] in clock.now }) {
            try answers[min(queue.next(), answers.count - 1)].get()
        }
        return (cache, { queue.count })
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func next() -> Int {
            value.withLock { value in
                defer { value += 1 }
                return value
            }
        }
    }

    @Test func `gives what it holds until the advisory window, then fetches again`() async throws {
        let (cache, fetches) = cache([.success(session("one")), .success(session("two", lasting: 7200))])
        for _ in 0..<3 { #expect(try await cache.credentials().accessKeyID == "one") }
        clock.advance(by: 45 * 60 - 1)
        #expect(try await cache.credentials().accessKeyID == "one")
        clock.advance(by: 1)
        #expect(try await cache.credentials().accessKeyID == "two")
        #expect(fetches() == 2)
    }

    @Test func `fetches keys without an end once`() async throws {
        let (cache, fetches) = cache([.success(Credentials(accessKeyID: "k", secretAccessKey: "s"))])
        clock.advance(by: 1_000_000)
        for _ in 0..<3 { _ = try await cache.credentials(validFor: .seconds(10_000_000)) }
        #expect(fetches() == 1)
    }

    @Test func `keeps the old credentials when a fetch fails in the advisory window, and tries again a minute later`()
        async throws
    {
        let (cache, fetches) = cache([
            .success(session("one")), .failure(failure), .success(session("two", lasting: 9000)),
        ])
        _ = try await cache.credentials()
        clock.advance(by: 46 * 60)
        #expect(try await cache.credentials().accessKeyID == "one")
        #expect(try await cache.credentials().accessKeyID == "one")
        #expect(fetches() == 2)
        clock.advance(by: 60)
        #expect(try await cache.credentials().accessKeyID == "two")
        #expect(fetches() == 3)
    }

    @Test func `tells a failure in the mandatory window, and fetches anew for the next who asks`() async throws {
        let (cache, fetches) = cache([
            .success(session("one")), .failure(failure), .success(session("two", lasting: 9000)),
        ])
        _ = try await cache.credentials()
        clock.advance(by: 51 * 60)
        await #expect(throws: failure) { try await cache.credentials() }
        #expect(try await cache.credentials().accessKeyID == "two")
        #expect(fetches() == 3)
    }

    @Test func `does not keep the first failure`() async throws {
        let (cache, _) = cache([.failure(failure), .success(session("one"))])
        await #expect(throws: failure) { try await cache.credentials() }
        #expect(try await cache.credentials().accessKeyID == "one")
    }

    @Test func `refuses credentials that have already ended, and does not keep them`() async throws {
        let (cache, _) = cache([.success(session("old", lasting: -1)), .success(session("one"))])
        let error = await #expect(throws: AWSError.self) { try await cache.credentials() }
        #expect(error?.code == "ExpiredCredentials")
        #expect(try await cache.credentials().accessKeyID == "one")
    }

    @Test func `has smaller windows for short sessions`() async throws {
        let (cache, fetches) = cache([.success(session("one", lasting: 900)), .success(session("two", lasting: 1800))])
        _ = try await cache.credentials()
        clock.advance(by: 900 - 225 - 1)
        _ = try await cache.credentials()
        #expect(fetches() == 1)
        clock.advance(by: 1)
        #expect(try await cache.credentials().accessKeyID == "two")
    }

    @Test func `fetches when less is left than a caller wants, and not when fresh ones have no more`() async throws {
        let (cache, fetches) = cache([
            .success(session("one")), .success(session("two", lasting: 4200)),
            .success(session("three", lasting: 9000)),
        ])
        _ = try await cache.credentials(validFor: .seconds(1800))
        clock.advance(by: 600)
        #expect(try await cache.credentials(validFor: .seconds(2400)).accessKeyID == "one")
        clock.advance(by: 601)
        #expect(try await cache.credentials().accessKeyID == "one")
        #expect(try await cache.credentials(validFor: .seconds(2400)).accessKeyID == "two")
        #expect(try await cache.credentials(validFor: .seconds(86_400)).accessKeyID == "two")
        #expect(fetches() == 2)
    }

    @Test func `gives what is left when a fetch for a longer time fails`() async throws {
        let (cache, _) = cache([.success(session("one")), .failure(failure)])
        _ = try await cache.credentials()
        clock.advance(by: 30 * 60)
        #expect(try await cache.credentials(validFor: .seconds(2400)).accessKeyID == "one")
    }

    @Test func `fetches once for 500 callers, and tells all of them the outcome`() async throws {
        for outcome in [Result<Credentials, any Error>.success(session("one")), .failure(failure)] {
            let source = GatedSource()
            let cache = CredentialCache(now: { [clock] in clock.now }) { try await source.fetch() }
            let answers = try await withThrowingTaskGroup(of: Result<Credentials, any Error>.self) { group in
                for _ in 0..<500 {
                    group.addTask {
                        do { return .success(try await cache.credentials()) } catch { return .failure(error) }
                    }
                }
                await source.hasStarted(1)
                while cache.waiting < 499 { await Task.yield() }
                source.answer(outcome)
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 500)
            #expect(source.started == 1)
            for answer in answers {
                switch (answer, outcome) {
                case (.success(let one), .success(let other)): #expect(one == other)
                case (.failure(let error), .failure): #expect(error as? AWSError == failure)
                default: Issue.record("another outcome: \(answer)")
                }
            }
        }
    }

    @Test func `lets a waiter take over when the one who fetches is cancelled`() async throws {
        let source = GatedSource()
        let cache = CredentialCache(now: { [clock] in clock.now }) { try await source.fetch() }
        try await withThrowingTaskGroup(of: Void.self) { outer in
            // A group of its own, so that the leader can be cancelled alone.
            let (gate, open) = AsyncStream<Void>.makeStream()
            outer.addTask {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: CancellationError.self) { try await cache.credentials() }
                    }
                    for await _ in gate {}
                    group.cancelAll()
                }
            }
            await source.hasStarted(1)
            for _ in 0..<20 {
                outer.addTask {
                    let found = try await cache.credentials()
                    #expect(found.accessKeyID == "one")
                }
            }
            while cache.waiting < 20 { await Task.yield() }
            open.finish()
            await source.hasStarted(2)
            source.answer(.success(session("one")))
            try await outer.waitForAll()
        }
        #expect(source.started == 2)
        #expect(cache.waiting == 0)
    }

    @Test func `lets a waiter who is cancelled go alone`() async throws {
        let source = GatedSource()
        let cache = CredentialCache(now: { [clock] in clock.now }) { try await source.fetch() }
        try await withThrowingTaskGroup(of: Void.self) { outer in
            outer.addTask {
                let found = try await cache.credentials()
                #expect(found.accessKeyID == "one")
            }
            await source.hasStarted(1)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        await #expect(throws: CancellationError.self) { try await cache.credentials() }
                    }
                }
                while cache.waiting < 10 { await Task.yield() }
                group.cancelAll()
            }
            #expect(cache.waiting == 0)
            source.answer(.success(session("one")))
            try await outer.waitForAll()
        }
        #expect(source.started == 1)
    }

    @Test func `is free again when the only caller was cancelled`() async throws {
        let source = GatedSource()
        let cache = CredentialCache(now: { [clock] in clock.now }) { try await source.fetch() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await #expect(throws: CancellationError.self) { try await cache.credentials() } }
            await source.hasStarted(1)
            group.cancelAll()
        }
        async let next = cache.credentials()
        await source.hasStarted(2)
        source.answer(.success(session("two")))
        #expect(try await next.accessKeyID == "two")
    }

    @Test func `does not make the others wait in the advisory window`() async throws {
        let source = GatedSource()
        let cache = CredentialCache(now: { [clock] in clock.now }) { try await source.fetch() }
        async let first = cache.credentials()
        await source.hasStarted(1)
        source.answer(.success(session("one")))
        _ = try await first
        clock.advance(by: 46 * 60)
        async let renewed = cache.credentials()
        await source.hasStarted(2)
        #expect(try await cache.credentials().accessKeyID == "one")
        source.answer(.success(session("two", lasting: 7200)))
        #expect(try await renewed.accessKeyID == "two")
        #expect(source.started == 2)
    }

    @Test func `does not pass on a source's cancellation as if the caller had been cancelled`() async throws {
        let (cache, _) = cache([.failure(CancellationError())])
        let error = await #expect(throws: AWSError.self) { try await cache.credentials() }
        #expect(error?.isRetryable == true)
    }

    @Test func `survives a thousand callers who come, are cancelled and fail at random`() async throws {
        let (cache, fetches) = cache(
            (0..<40).map {
                $0.isMultiple(of: 3) ? .failure(failure) : .success(session("k\($0)", lasting: Double(600 + $0 * 60)))
            })
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    if number.isMultiple(of: 7) { clock.advance(by: 97) }
                    if number.isMultiple(of: 5) { await Task.yield() }
                    _ = try? await cache.credentials(validFor: .seconds(number % 11 * 100))
                }
                if number == 700 { group.cancelAll() }
            }
        }
        #expect(cache.waiting == 0)
        #expect(fetches() > 1)
        clock.advance(by: 100_000)
        await #expect(throws: AWSError.self) { try await cache.credentials() }
    }
}
