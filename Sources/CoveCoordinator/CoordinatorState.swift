// SPDX-License-Identifier: Apache-2.0

import CoveCore
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
