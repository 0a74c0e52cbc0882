// SPDX-License-Identifier: Apache-2.0

/// An account of an organization, as ListAccounts tells of it.
///
/// AWS is replacing `Status` by `State`; either may be absent, and is nil then.
public struct OrganizationAccount: Sendable, Hashable {
    /// The account's id, twelve digits.
    public let id: String
    /// The account's name.
    public let name: String?
    /// The account's ARN in the organization.
    public let arn: String?
    /// The address of the account's owner.
    public let email: String?
    /// `ACTIVE`, `SUSPENDED` or `PENDING_CLOSURE`.
    public let status: String?
    /// `PENDING_ACTIVATION`, `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE` or `CLOSED`.
    public let state: String?

    /// Makes an account out of its parts.
    public init(
        id: String, name: String? = nil, arn: String? = nil, email: String? = nil, status: String? = nil,
        state: String? = nil
    ) {
        self.id = id
        self.name = name
        self.arn = arn
        self.email = email
        self.status = status
        self.state = state
    }

    /// Whether the account can be worked in: its state says so, or its status where there is no state.
    public var isActive: Bool { (state ?? status) == "ACTIVE" }
}

/// A page of ListAccounts.
public struct AccountPage: Sendable, Hashable {
    /// The accounts; may be empty although there are more pages.
    public let accounts: [OrganizationAccount]
    /// What the next page is asked for with; nil on the last.
    public let nextToken: String?

    /// Makes a page out of its parts.
    public init(accounts: [OrganizationAccount], nextToken: String?) {
        self.accounts = accounts
        self.nextToken = nextToken
    }
}
