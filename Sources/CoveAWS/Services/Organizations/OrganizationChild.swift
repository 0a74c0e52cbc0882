// SPDX-License-Identifier: Apache-2.0

/// What lies directly in a root or an organizational unit.
public struct OrganizationChild: Sendable, Hashable {
    /// The two kinds of children, which are listed apart.
    public enum Kind: String, Sendable, CaseIterable {
        /// An account.
        case account = "ACCOUNT"
        /// An organizational unit.
        case organizationalUnit = "ORGANIZATIONAL_UNIT"
    }

    /// The account's or unit's id.
    public let id: String
    /// What it is.
    public let kind: Kind

    /// Makes a child out of its parts.
    public init(id: String, kind: Kind) {
        self.id = id
        self.kind = kind
    }
}

/// A page of ListChildren.
public struct ChildPage: Sendable, Hashable {
    /// The children; may be empty although there are more pages.
    public let children: [OrganizationChild]
    /// What the next page is asked for with; nil on the last.
    public let nextToken: String?

    /// Makes a page out of its parts.
    public init(children: [OrganizationChild], nextToken: String?) {
        self.children = children
        self.nextToken = nextToken
    }
}
