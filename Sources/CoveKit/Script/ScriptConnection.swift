// SPDX-License-Identifier: Apache-2.0

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
