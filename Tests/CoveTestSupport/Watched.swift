// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A value that tests change and wait for: nothing is polled, and nothing waits for time.
package final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let isMet: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var value: Value
        var nextWaiter = 0
        var waiters: [Waiter] = []
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    /// The value now.
    package var value: Value { state.withLock { $0.value } }

    /// Changes the value and lets those go whose condition it meets now.
    @discardableResult
    package func update<Result: Sendable>(_ change: @Sendable (inout Value) -> Result) -> Result {
        let (result, met) = state.withLock { state in
            let result = change(&state.value)
            let met = state.waiters.filter { $0.isMet(state.value) }
            state.waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return (result, met)
        }
        for waiter in met { waiter.continuation.resume() }
        return result
    }

    /// Waits until the value meets a condition, or the caller is cancelled.
    package func until(_ isMet: @escaping @Sendable (Value) -> Bool) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if Task.isCancelled || isMet(state.value) { return true }
                    state.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume()
        }
    }
}

extension Watched where Value == Int {
    /// Counts one more.
    package func increment() { update { $0 += 1 } }
}

extension Watched where Value == Bool {
    /// Opens what `until(opened)` waits at.
    package func open() { update { $0 = true } }

    /// Waits until it is open, or the caller is cancelled.
    package func opened() async { await until { $0 } }
}
