// SPDX-License-Identifier: Apache-2.0

/// Why a run's tasks are no longer granted, until it is resumed.
package enum StopReason: Sendable, Hashable {
    /// A task did not succeed and the run was to stop at the first.
    case raisedException(TaskID)
    /// The user asked, at the terminal that performs the run.
    case interrupted
    /// The user asked, by `cove cancel`.
    case cancelled
    /// The plan could not be finished; why, a sentence each.
    case planningFailed([String])
    /// Planning found out that the request is wrong; what is wrong, a sentence each.
    case invalidRequest([String])
    /// The credentials that assume the roles are no longer valid; the failure is what AWS said.
    case callerCredentials(Failure)
}

extension StopReason: Codable {
    private enum Key: String, CodingKey {
        case reason, task, problems, failure
    }

    private enum Word: String, Codable {
        case raisedException, interrupted, cancelled, planningFailed, invalidRequest, callerCredentials
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Word.self, forKey: .reason) {
        case .raisedException: self = .raisedException(try container.decode(TaskID.self, forKey: .task))
        case .interrupted: self = .interrupted
        case .cancelled: self = .cancelled
        case .planningFailed: self = .planningFailed(try container.decode([String].self, forKey: .problems))
        case .invalidRequest: self = .invalidRequest(try container.decode([String].self, forKey: .problems))
        case .callerCredentials: self = .callerCredentials(try container.decode(Failure.self, forKey: .failure))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .raisedException(let task):
            try container.encode(Word.raisedException, forKey: .reason)
            try container.encode(task, forKey: .task)
        case .interrupted: try container.encode(Word.interrupted, forKey: .reason)
        case .cancelled: try container.encode(Word.cancelled, forKey: .reason)
        case .planningFailed(let problems):
            try container.encode(Word.planningFailed, forKey: .reason)
            try container.encode(problems, forKey: .problems)
        case .invalidRequest(let problems):
            try container.encode(Word.invalidRequest, forKey: .reason)
            try container.encode(problems, forKey: .problems)
        case .callerCredentials(let failure):
            try container.encode(Word.callerCredentials, forKey: .reason)
            try container.encode(failure, forKey: .failure)
        }
    }
}
