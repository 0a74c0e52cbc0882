// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import CoveWire
import Synchronization

/// A source whose links fail as a test says, and otherwise lead to the test.
final class ScriptedSource: LinkSource {
    typealias Outgoing = WorkerMessage
    typealias Incoming = CoordinatorMessage
    typealias End = LoopbackLink<CoordinatorMessage, WorkerMessage>

    /// How often a link was asked for.
    let tries = Watched(0)
    /// The coordinator's ends of the links, in their order.
    private let ends = Watched<[End]>([])
    /// What goes wrong next; a link is made when nothing does.
    private let failures: Mutex<[any Error]>

    /// How many messages a link holds in each direction.
    static let capacity = 16

    init(failures: [any Error] = []) { self.failures = Mutex(failures) }

    /// Lets the next links fail.
    func fail(with errors: any Error...) { failures.withLock { $0 += errors } }

    func withLink<Result: Sendable>(
        _ body: (any Link<WorkerMessage, CoordinatorMessage>) async throws -> Result
    ) async throws -> Result {
        let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        tries.increment()
        if let failure { throw failure }
        let (worker, end) = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair(
            capacity: Self.capacity)
        ends.update { $0.append(end) }
        defer { worker.close() }
        return try await body(worker)
    }

    /// The coordinator's end of a link, by its number from 1; waits until it is there.
    ///
    /// A closed one when the caller is cancelled.
    func end(_ number: Int = 1) async -> End {
        await ends.until { $0.count >= number }
        let ends = ends.value
        if ends.count >= number { return ends[number - 1] }
        let end = LoopbackLink<WorkerMessage, CoordinatorMessage>.pair().coordinator
        end.close()
        return end
    }

    /// How many links there have been.
    var links: Int { ends.value.count }
}
