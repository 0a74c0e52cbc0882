// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Logging
import Synchronization

/// A local run as any process of its user can ask for it: by the process that performs it, over its socket, or else by its store.
///
/// Who answers may change in the middle: a run that was being performed ends, and its store is there to be opened. What was asked and not
/// answered is asked again.
final class LocalService: ForwardingService {
    /// How long somebody who has the store open may take to answer: it opens its socket after its store, and closes its store last.
    static let patience = Duration.seconds(5)
    private static let pause = Duration.milliseconds(50)

    private struct State {
        var generation = 0
        /// Who answers; nil while that is being found out.
        var answer: Result<any RunService, any Error>?
        /// Whether the link to the process that performs the run was lost.
        var hasLostOwner = false
        var nextWatcher = 0
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let run: RunID
    private let folders: RunFolders
    private let patience: Duration
    private let clock: LinkClock
    private let logger: Logger
    private let state = Mutex(State())

    private init(_ run: RunID, _ folders: RunFolders, _ patience: Duration, _ clock: LinkClock, _ logger: Logger) {
        self.run = run
        self.folders = folders
        self.patience = patience
        self.clock = clock
        self.logger = logger
    }

    /// Calls `body` with what answers for a run.
    ///
    /// - Parameter patience: how long to wait for an answer of somebody who has the store open.
    /// - Throws: what `body` throws. Requests throw `StoreError` when the store cannot be opened, or has somebody who does not answer.
    static func with<Value: Sendable>(
        _ run: RunID, in folders: RunFolders, patience: Duration = patience, clock: LinkClock = .system,
        logger: Logger, _ body: (LocalService) async throws -> Value
    ) async throws -> Value {
        let service = LocalService(run, folders, patience, clock, logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await service.keepAnswering() }
            defer { group.cancelAll() }
            return try await body(service)
        }
    }

    func ask<Value: Sendable>(_ request: (any RunService) async throws -> Value) async throws -> Value {
        while true {
            let (generation, service) = try await current()
            do {
                return try await request(service)
            } catch let error as LinkError where error.code != .malformed {
                change { if $0.generation == generation { $0.answer = nil } }
            }
        }
    }

    // MARK: Who answers

    /// Finds who answers, again whenever nobody does any more, until cancelled.
    private func keepAnswering() async {
        var start = clock.now()
        while !Task.isCancelled {
            do {
                try await answerFromStore()
                return
            } catch let inUse as StoreError where inUse.code == .inUse {
                if await answerFromOwner() { start = clock.now() }
                if clock.now() - start >= patience {
                    let text = "\(inUse.message); it does not answer at \(socket.place)"
                    return change { $0.answer = .failure(StoreError(.inUse, text)) }
                }
                do { try await clock.sleep(Self.pause) } catch { return }
            } catch {
                return change { $0.answer = .failure(error) }
            }
        }
    }

    /// Answers from the store until cancelled.
    private func answerFromStore() async throws {
        let (store, _) = try await folders.open(run)
        publish(IdleRun(store: store))
        await until { _ in false }
        try? await store.close()
    }

    /// Lets the process answer that performs the run, until it is lost; false when it could not be asked.
    private func answerFromOwner() async -> Bool {
        change { $0.hasLostOwner = false }
        do {
            return try await CoordinatorClient.with(
                socket.connector, clock: clock, logger: logger,
                tell: { [self] event in if event == .lost { change { $0.hasLostOwner = true } } }
            ) { client in
                // Asking is the way to know that somebody answers. An owner that ends at this very moment does not: its client would
                // look for it for ever.
                let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
                    group.addTask { try await client.run(self.run) != nil }
                    group.addTask {
                        await self.until { $0.hasLostOwner }
                        return false
                    }
                    defer { group.cancelAll() }
                    return try await group.next() ?? false
                }
                guard answers else { return false }
                publish(client)
                await until { $0.answer == nil || $0.hasLostOwner }
                change { $0.answer = nil }
                return true
            }
        } catch {
            return false
        }
    }

    private var socket: ControlSocket { ControlSocket(folder: folders.store(of: run), logger: logger) }

    // MARK: State

    private func publish(_ service: any RunService) {
        change { state in
            state.generation += 1
            state.answer = .success(service)
        }
    }

    private func current() async throws -> (generation: Int, service: any RunService) {
        await until { $0.answer != nil }
        let (generation, answer) = state.withLock { ($0.generation, $0.answer) }
        guard let answer else {
            try Task.checkCancellation()
            return try await current()
        }
        return (generation, try answer.get())
    }

    private func change<Value>(_ body: (inout State) -> Value) -> Value {
        let (value, watchers) = state.withLock { state in (body(&state), Array(state.watchers.values)) }
        for watcher in watchers { watcher.yield() }
        return value
    }

    /// Waits for a condition, or until cancelled.
    private func until(_ isMet: (borrowing State) -> Bool) async {
        let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = continuation
            return state.nextWatcher
        }
        defer { _ = state.withLock { $0.watchers.removeValue(forKey: id) } }
        continuation.yield()
        for await _ in changes where state.withLock({ isMet($0) }) { return }
    }
}
