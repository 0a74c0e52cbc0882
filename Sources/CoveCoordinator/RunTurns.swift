// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Synchronization

/// Lets those who change the same run wait for each other, in the order in which they came.
///
/// What memory and store say of a run changes in two steps, with an `await` between them: two at once could leave them at odds.
final class RunTurns: Sendable {
    private struct Waiter {
        let id: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var nextWaiter = 0
        /// Those who wait for a run's turn; a run that nobody has is not in it.
        var lines: [RunID: [Waiter]] = [:]
    }

    private let state = Mutex(State())

    /// Does `body` when nobody else does something to the run.
    ///
    /// - Throws: `CancellationError` when cancelled before its turn came; what `body` throws.
    func turn<Value: Sendable>(of run: RunID, _ body: () async throws -> Value) async throws -> Value {
        guard await take(run) else { throw CancellationError() }
        defer { pass(run) }
        return try await body()
    }

    private func take(_ run: RunID) async -> Bool {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                let isMine: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    guard state.lines[run] != nil else {
                        state.lines[run] = []
                        return true
                    }
                    state.lines[run]?.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let isMine { continuation.resume(returning: isMine) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.lines[run]?.firstIndex { $0.id == id }.map { state.lines[run]?.remove(at: $0) } ?? nil
            }
            waiter?.continuation.resume(returning: false)
        }
    }

    private func pass(_ run: RunID) {
        let next = state.withLock { state -> Waiter? in
            guard state.lines[run]?.isEmpty == false else {
                state.lines[run] = nil
                return nil
            }
            return state.lines[run]?.removeFirst()
        }
        next?.continuation.resume(returning: true)
    }
}
