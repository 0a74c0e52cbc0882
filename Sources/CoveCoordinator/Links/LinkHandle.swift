// SPDX-License-Identifier: Apache-2.0

import CoveWire

/// What the coordinator keeps of a connected worker: how to wake its grants and how to say something to it.
struct LinkHandle: Sendable {
    let wakeups: AsyncStream<Void>.Continuation
    let send: @Sendable (CoordinatorMessage) async -> Void

    /// Lets the link look for tasks; wakes that come together are one.
    func wake() { wakeups.yield() }

    func send(_ message: CoordinatorMessage) async { await send(message) }
}
