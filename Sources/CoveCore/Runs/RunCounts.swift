// SPDX-License-Identifier: Apache-2.0

/// How many tasks of a run stand where.
public struct RunCounts: Sendable, Hashable, Codable {
    /// Tasks that wait.
    public var ready = 0
    /// Tasks that a worker holds.
    public var leased = 0
    /// Tasks whose function returned.
    public var succeeded = 0
    /// Tasks whose function failed.
    public var failed = 0
    /// Tasks whose role could not be assumed.
    public var roleNotAssumed = 0

    /// No tasks at all.
    public init() {}

    /// All tasks that are there.
    public var total: Int { ready + leased + settled }
    /// Tasks with an outcome.
    public var settled: Int { succeeded + failed + roleNotAssumed }
    /// Tasks with an outcome that is not success.
    public var unsuccessful: Int { failed + roleNotAssumed }

    /// How many tasks are in a state.
    public subscript(state: TaskState) -> Int {
        get {
            switch state {
            case .ready: ready
            case .leased: leased
            case .succeeded: succeeded
            case .failed: failed
            case .roleNotAssumed: roleNotAssumed
            }
        }
        set {
            switch state {
            case .ready: ready = newValue
            case .leased: leased = newValue
            case .succeeded: succeeded = newValue
            case .failed: failed = newValue
            case .roleNotAssumed: roleNotAssumed = newValue
            }
        }
    }
}

extension RunCounts {
    private enum Key: String, CodingKey {
        case ready, leased, succeeded, failed, roleNotAssumed
    }

    /// Reads counts; none is negative, nor so large that their sum could not be made.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func count(_ key: Key) throws -> Int {
            let count = try container.decode(Int.self, forKey: key)
            guard (0...1 << 40).contains(count) else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "found \(count), expected a number of tasks")
            }
            return count
        }
        ready = try count(.ready)
        leased = try count(.leased)
        succeeded = try count(.succeeded)
        failed = try count(.failed)
        roleNotAssumed = try count(.roleNotAssumed)
    }
}
