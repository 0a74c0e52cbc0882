// SPDX-License-Identifier: Apache-2.0

public import CoveCore

/// What a run came to: botocove's three lists, and the targets that never ran.
public struct CoveOutput<Result: Sendable>: Sendable {
    /// The targets whose function returned, in plan order.
    public var results: [CoveResult<Result>] = []
    /// The targets whose function threw, in plan order.
    public var exceptions: [CoveFailure] = []
    /// The targets whose role could not be assumed, in plan order.
    public var failedAssumeRole: [CoveFailure] = []
    /// The targets that never ran, in plan order; empty unless the run was stopped or a unit holds accounts that are not active.
    public var notRun: [CoveNotRun] = []
    /// The run's id.
    public var run: RunID

    /// The output of a run without tasks.
    init(run: RunID) { self.run = run }

    /// The targets that did not succeed: `exceptions`, then `failedAssumeRole`.
    public var failures: [CoveFailure] { exceptions + failedAssumeRole }

    /// Whether the function returned in every target.
    public var isComplete: Bool { failures.isEmpty && notRun.isEmpty }
}

/// A place to run in.
public struct CoveTarget: Sendable, Hashable {
    /// The account, and what Organizations says of it.
    public var account: Account
    /// The region; nil where the function runs without one.
    public var region: RegionName?
}

extension CoveTarget: CustomStringConvertible {
    /// The account's id and name and the region, in a line.
    public var description: String {
        [account.id.rawValue, account.name, region?.rawValue].compactMap { $0 }.joined(separator: " ")
    }
}

/// A target whose function returned.
public struct CoveResult<Result: Sendable>: Sendable {
    /// Where it ran.
    public var target: CoveTarget
    /// What it returned.
    public var result: Result
}

/// A target that did not succeed, and why.
public struct CoveFailure: Error, Sendable, Hashable {
    /// Where it was to run.
    public var target: CoveTarget
    /// What went wrong.
    public var failure: Failure
}

extension CoveFailure: CustomStringConvertible {
    /// The place and what went wrong, in a line.
    public var description: String { "\(target): \(failure.message)" }
}

/// A target that never ran, and why.
public struct CoveNotRun: Sendable, Hashable {
    /// Where it would have run.
    public var target: CoveTarget
    /// Why it did not, in a few words.
    public var reason: String
}
