// SPDX-License-Identifier: Apache-2.0

/// An account that a run leaves out, and why.
public struct NotTargeted: Sendable, Hashable {
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
