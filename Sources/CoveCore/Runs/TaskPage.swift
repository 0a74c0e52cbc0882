// SPDX-License-Identifier: Apache-2.0

/// A place in plan order.
package struct TaskCursor: Sendable, Hashable, Codable {
    /// The account's number in the run's plan.
    package var account: Int
    /// The region's number in the run's list.
    package var region: Int

    package init(account: Int, region: Int) {
        self.account = account
        self.region = region
    }

    /// Before the first task.
    package static let start = TaskCursor(account: -1, region: -1)
}

/// Tasks in plan order, and the place after them; an empty page is the end.
package struct TaskPage: Sendable, Hashable, Codable {
    package var tasks: [TaskRecord]
    package var next: TaskCursor

    package init(tasks: [TaskRecord], next: TaskCursor) {
        self.tasks = tasks
        self.next = next
    }
}

/// Outcomes in the order of settling, and the number of the last; an empty page is the end for now.
package struct OutcomePage: Sendable, Hashable, Codable {
    package var tasks: [TaskRecord]
    package var next: Int64

    package init(tasks: [TaskRecord], next: Int64) {
        self.tasks = tasks
        self.next = next
    }
}
