// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// An executor whose jobs run when the test says so: "waits" is then a fact, not a guess about time.
final class ManualExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs jobs until every task on this executor is done or waits for something.
    func runUntilIdle() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

/// Values noted by tasks, in the order in which they came.
final class Notes<Value: Sendable>: Sendable {
    private let noted = Mutex<[Value]>([])

    var values: [Value] { noted.withLock { $0 } }
    func add(_ value: Value) { noted.withLock { $0.append(value) } }
}
