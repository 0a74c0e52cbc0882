// SPDX-License-Identifier: Apache-2.0

/// A worker's time-limited right to one attempt at a task.
public struct Lease: Sendable, Hashable, Codable {
    /// What settles it.
    public var token: LeaseToken
    /// The task's run.
    public var run: RunID
    /// The account to run in.
    public var account: Account
    /// The region to run in; nil where the function runs without one.
    public var region: RegionName?
    /// Which execution of the task this is, from 1.
    public var attempt: Int

    /// A lease.
    public init(token: LeaseToken, run: RunID, account: Account, region: RegionName?, attempt: Int) {
        self.token = token
        self.run = run
        self.account = account
        self.region = region
        self.attempt = attempt
    }
}

/// What a worker needs to know of a run to execute its tasks.
public struct RunAssignment: Sendable, Hashable, Codable {
    /// The run.
    public var run: RunID
    /// What to run.
    public var function: FunctionSpecification
    /// The role to assume.
    public var role: RoleSpecification
    /// The partition of the role's ARN.
    public var partition: String
    /// How long an attempt may take, in seconds.
    public var taskTimeoutSeconds: Int?

    /// What a worker needs to know of a run.
    public init(
        run: RunID, function: FunctionSpecification, role: RoleSpecification, partition: String,
        taskTimeoutSeconds: Int? = nil
    ) {
        self.run = run
        self.function = function
        self.role = role
        self.partition = partition
        self.taskTimeoutSeconds = taskTimeoutSeconds
    }
}
