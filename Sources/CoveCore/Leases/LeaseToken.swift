// SPDX-License-Identifier: Apache-2.0

/// The fencing value of a lease: who holds it may settle its task, once.
///
/// The epoch is counted up durably whenever the store is opened, the generation whenever the task is granted, and neither is
/// ever taken back: a token that is not the task's newest changes nothing.
public struct LeaseToken: Sendable, Hashable {
    /// The task.
    public let task: TaskID
    /// The store's epoch when the lease was granted.
    public let epoch: Int64
    /// The task's lease generation.
    public let generation: Int64

    /// The token of a task's lease.
    public init(task: TaskID, epoch: Int64, generation: Int64) {
        self.task = task
        self.epoch = epoch
        self.generation = generation
    }
}

extension LeaseToken: Codable, CustomStringConvertible {
    /// As `task.epoch.generation`.
    public var description: String { "\(task.rawValue).\(epoch).\(generation)" }

    /// Reads the token's text; only the form in which it is written is one.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).compactMap { Int64($0) }
        guard parts.count == 3, parts.allSatisfy({ $0 >= 0 }), parts.map(String.init).joined(separator: ".") == text
        else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "found \"\(text)\", expected a token such as 17.2.1")
        }
        self.init(task: TaskID(parts[0]), epoch: parts[1], generation: parts[2])
    }

    /// Writes the token's text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
