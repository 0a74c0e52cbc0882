// SPDX-License-Identifier: Apache-2.0

import CoveWire

/// The socket to a script's process, which forks itself for its functions, and the news of its end.
struct ScriptConnection: Sendable {
    /// The socket's descriptor.
    let control: Int32
    private let ends: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init(control: Int32) {
        self.control = control
        (ends, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// Waits until the script is gone, over whose socket nothing is said.
    ///
    /// Ends when the caller is cancelled; the socket is closed then.
    func waitUntilClosed() async {
        // What is no socket has no script at its other end.
        guard let channel = try? await LocalChannel.open(owning: control, maximum: 0) else { return }
        _ = try? await channel.use { try await $0.next() }
    }

    /// Tells that the script is gone.
    func end() { continuation.yield() }

    /// Follows a run by `body`, and has it stopped at once where the script dies meanwhile: nothing can be run without it.
    static func attended(
        _ script: ScriptConnection?, _ controls: RunControls, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        guard let script else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in script.ends { await controls.cancelAttempts() } }
            group.addTask { try await body() }
            // The watch ends only by cancellation: what ends first is the body.
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
