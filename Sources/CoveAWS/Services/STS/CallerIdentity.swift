// SPDX-License-Identifier: Apache-2.0

/// The output of STS GetCallerIdentity: who the credentials belong to.
public struct CallerIdentity: Sendable, Hashable {
    /// The account's id, twelve digits.
    public let account: String
    /// The ARN of the user or session; its second part names the partition.
    public let arn: String
    /// The unique id of the user or session.
    public let userID: String

    /// Makes an identity out of its parts.
    public init(account: String, arn: String, userID: String) {
        self.account = account
        self.arn = arn
        self.userID = userID
    }
}
