// SPDX-License-Identifier: Apache-2.0

/// The settled result of an attempt: exactly one is recorded for a lease.
public enum Outcome: Sendable, Hashable {
    /// The function returned; nil where it returned nothing.
    case succeeded(JSONText?)
    /// The role was assumed, and the function failed, was too slow, or was lost.
    case failed(Failure)
    /// The role could not be assumed; the function never ran.
    case roleNotAssumed(Failure)

    /// The state in which the outcome leaves its task.
    public var state: TaskState {
        switch self {
        case .succeeded: .succeeded
        case .failed: .failed
        case .roleNotAssumed: .roleNotAssumed
        }
    }

    /// Why it failed, where it did.
    public var failure: Failure? {
        switch self {
        case .succeeded: nil
        case .failed(let failure), .roleNotAssumed(let failure): failure
        }
    }
}

extension Outcome: Codable {
    private enum Key: String, CodingKey {
        case state, result, failure
    }

    /// Reads an outcome; a state that is not a settled one is an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .state) {
        case "succeeded": self = .succeeded(try container.decodeIfPresent(JSONText.self, forKey: .result))
        case "failed": self = .failed(try container.decode(Failure.self, forKey: .failure))
        case "roleNotAssumed": self = .roleNotAssumed(try container.decode(Failure.self, forKey: .failure))
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .state, in: container,
                debugDescription: "found \"\(other)\", expected succeeded, failed or roleNotAssumed")
        }
    }

    /// Writes the state's name and what belongs to it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(state.name, forKey: .state)
        switch self {
        case .succeeded(let result): try container.encodeIfPresent(result, forKey: .result)
        case .failed(let failure), .roleNotAssumed(let failure): try container.encode(failure, forKey: .failure)
        }
    }
}
