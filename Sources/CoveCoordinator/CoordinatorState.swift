// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import CoveWire

/// What a coordinator remembers besides its store.
struct CoordinatorState {
    struct ActiveRun {
        var function: FunctionSpecification
        var role: RoleSpecification
        var partition: String?
        var taskTimeoutSeconds: Int?
        var raisesException: Bool
        var isCompleted: Bool
        var stopReason: StopReason?
        var cancelsAttempts = false
        /// Why tasks were put off last; nil once a task was settled since.
        var hindrance: Failure?
    }

    var book: LeaseBook
    var runs: [RunID: ActiveRun] = [:]
    var links: [LeaseBook.LinkID: LinkHandle] = [:]
    var watchers: [RunID: [Int: AsyncStream<Void>.Continuation]] = [:]
    private var nextWatcher = 0

    init(book: LeaseBook) { self.book = book }

    mutating func activate(_ record: RunRecord) {
        let specification = record.specification
        runs[record.id] = ActiveRun(
            function: specification.function, role: specification.role, partition: record.partition,
            taskTimeoutSeconds: specification.taskTimeoutSeconds, raisesException: specification.raisesException,
            isCompleted: record.state == .completed)
    }

    mutating func addWatcher(of run: RunID, _ continuation: AsyncStream<Void>.Continuation) -> Int {
        nextWatcher += 1
        watchers[run, default: [:]][nextWatcher] = continuation
        return nextWatcher
    }

    /// The runs whose tasks a worker may be granted, oldest first.
    func runs(for kinds: [FunctionSpecification.Kind]) -> [RunID] {
        runs.filter { _, run in
            run.stopReason == nil && !run.isCompleted && run.partition != nil && kinds.contains(run.function.kind)
        }
        .keys.sorted()
    }

    /// What a worker is told of the runs of its leases.
    func assignments(for leases: [Lease]) -> [RunAssignment] {
        Set(leases.map(\.run)).sorted().compactMap { id in
            guard let run = runs[id], let partition = run.partition else { return nil }
            return RunAssignment(
                run: id, function: run.function, role: run.role, partition: partition,
                taskTimeoutSeconds: run.taskTimeoutSeconds)
        }
    }

    func status(of id: RunID) -> RunStatus? {
        runs[id].map { run in
            RunStatus(
                isCompleted: run.isCompleted, stopReason: run.stopReason, leasesOut: book.count(of: id),
                hindrance: run.hindrance)
        }
    }
}

/// Where a run stands, from moment to moment.
package struct RunStatus: Sendable {
    /// Every task is settled.
    package var isCompleted: Bool
    /// Why no more tasks are granted, where that is so.
    package var stopReason: StopReason?
    /// How many attempts are with workers.
    package var leasesOut: Int
    /// Why tasks wait although nothing holds the run up: AWS throttles, or cannot be reached.
    package var hindrance: Failure?

    /// Whether nothing more will happen in it until it is resumed.
    package var isOver: Bool { isCompleted || (stopReason != nil && leasesOut == 0) }
}

/// Why a run's tasks are no longer granted.
package enum StopReason: Sendable, Hashable {
    /// A task did not succeed and the run was to stop at the first.
    case raisedException(TaskID)
    /// The user asked.
    case interrupted
    /// The plan could not be finished; whoever planned has the error.
    case planningFailed
    /// The credentials that assume the roles are no longer valid; the failure is what AWS said.
    case callerCredentials(Failure)
}
