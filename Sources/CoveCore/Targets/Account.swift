// SPDX-License-Identifier: Apache-2.0

/// What is known of an account: its id, and what Organizations says of it where that could be asked.
public struct Account: Sendable, Hashable, Codable {
    /// The account's id.
    public var id: AccountID
    /// The account's name.
    public var name: String?
    /// The account's ARN in its organization.
    public var arn: String?
    /// The address of the account's root user.
    public var email: String?
    /// `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`: the field that Organizations is replacing by `state`.
    public var status: String?
    /// The account's state, in Organizations' words.
    public var state: String?

    /// What is known of an account; without Organizations that is its id alone.
    public init(
        id: AccountID, name: String? = nil, arn: String? = nil, email: String? = nil, status: String? = nil,
        state: String? = nil
    ) {
        self.id = id
        self.name = name
        self.arn = arn
        self.email = email
        self.status = status
        self.state = state
    }

    /// Whether roles can be assumed in it.
    ///
    /// `state` is believed where both are given.
    public var isActive: Bool { (state ?? status) == "ACTIVE" }
}
