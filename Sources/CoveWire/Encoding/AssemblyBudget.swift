// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The memory of a process for messages that come in chunks.
///
/// Who needs room waits in line, so that a large message is not overtaken for ever.
package final class AssemblyBudget: Sendable {
    /// Room that is reserved until it is given back, or nobody has the reservation any more.
    package final class Reservation: Sendable {
        /// How many bytes.
        package let bytes: Int
        private let budget: AssemblyBudget
        private let isGivenBack = Atomic(false)

        fileprivate init(_ bytes: Int, of budget: AssemblyBudget) {
            self.bytes = bytes
            self.budget = budget
        }

        deinit { giveBack() }

        /// Gives the room back; a second time does nothing.
        package func giveBack() {
            if !isGivenBack.exchange(true, ordering: .acquiringAndReleasing) { budget.giveBack(bytes) }
        }
    }

    private struct Waiter {
        let id: Int
        let bytes: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        var nextWaiter = 0
        var waiters: [Waiter] = []

        /// Lets those go at the head of the line for whom there is room.
        mutating func takeServed() -> [CheckedContinuation<Bool, Never>] {
            var served = 0
            for waiter in waiters {
                guard waiter.bytes <= free else { break }
                free -= waiter.bytes
                served += 1
            }
            defer { waiters.removeFirst(served) }
            return waiters.prefix(served).map(\.continuation)
        }
    }

    /// How many bytes there are in all.
    package let capacity: Int
    private let state: Mutex<State>

    /// A budget of so many bytes; by default 256 MiB, four messages of the largest size.
    package init(capacity: Int = 256 << 20) {
        self.capacity = max(0, capacity)
        state = Mutex(State(free: self.capacity))
    }

    /// How many bytes are reserved.
    package var reserved: Int { state.withLock { capacity - $0.free } }
    /// How many wait for room.
    package var waiting: Int { state.withLock { $0.waiters.count } }

    /// Reserves room, once there is some and all who asked before have theirs.
    ///
    /// More than the whole budget is the whole budget.
    ///
    /// - Throws: `CancellationError`
    package func reserve(_ bytes: Int) async throws -> Reservation {
        let bytes = min(max(0, bytes), capacity)
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let isReserved = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // Nobody is resumed under the lock: see MessageChannel.
                let decision: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    guard state.waiters.isEmpty, bytes <= state.free else {
                        state.waiters.append(Waiter(id: id, bytes: bytes, continuation: continuation))
                        return nil
                    }
                    state.free -= bytes
                    return true
                }
                if let decision { continuation.resume(returning: decision) }
            }
        } onCancel: {
            let (left, served) = state.withLock { state in
                let left = state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).continuation }
                return (left, state.takeServed())
            }
            left?.resume(returning: false)
            for waiter in served { waiter.resume(returning: true) }
        }
        guard isReserved else { throw CancellationError() }
        return Reservation(bytes, of: self)
    }

    private func giveBack(_ bytes: Int) {
        let served = state.withLock { state in
            state.free += bytes
            return state.takeServed()
        }
        for waiter in served { waiter.resume(returning: true) }
    }
}
