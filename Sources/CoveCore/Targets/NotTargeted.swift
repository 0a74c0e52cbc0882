// SPDX-License-Identifier: Apache-2.0

/// An account that a run leaves out, and why.
public struct NotTargeted: Sendable, Hashable, Codable {
    /// Why an account is left out.
    public enum Reason: Sendable, Hashable {
        /// It is the account whose credentials resolve the organization.
        case callingAccount
        /// It, or a unit above it, was named as one to ignore.
        case ignored
        /// It is not active; the value is the state that Organizations gives.
        case notActive(String)
    }

    /// The account.
    public var account: Account
    /// Why it is left out.
    public var reason: Reason

    /// An account and why it is left out.
    public init(_ account: Account, _ reason: Reason) {
        self.account = account
        self.reason = reason
    }
}

extension NotTargeted.Reason: Codable {
    private enum Key: String, CodingKey {
        case reason, state
    }

    private enum Word: String, Codable {
        case callingAccount, ignored, notActive
    }

    /// Reads a reason; one that this version does not know is an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(Word.self, forKey: .reason) {
        case .callingAccount: self = .callingAccount
        case .ignored: self = .ignored
        case .notActive: self = .notActive(try container.decode(String.self, forKey: .state))
        }
    }

    /// Writes the reason's word, and the account's state where that is the reason.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .callingAccount: try container.encode(Word.callingAccount, forKey: .reason)
        case .ignored: try container.encode(Word.ignored, forKey: .reason)
        case .notActive(let state):
            try container.encode(Word.notActive, forKey: .reason)
            try container.encode(state, forKey: .state)
        }
    }
}

extension NotTargeted.Reason: CustomStringConvertible {
    /// The reason in a few words, as `NotRun` and `cove plan` show it.
    public var description: String {
        switch self {
        case .callingAccount: "the calling account"
        case .ignored: "ignored"
        case .notActive(let state): "the account is \(state)"
        }
    }
}
