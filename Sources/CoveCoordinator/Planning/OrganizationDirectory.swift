// SPDX-License-Identifier: Apache-2.0

package import CoveCore

/// What a plan asks of AWS: who is calling, and which accounts there are.
package protocol OrganizationDirectory: Sendable {
    /// The account and partition of the credentials that read the organization (sts:GetCallerIdentity).
    func caller() async throws -> Caller
    /// A page of all accounts (organizations:ListAccounts).
    func accounts(after token: String?) async throws -> DirectoryPage<Account>
    /// A page of the accounts directly in a unit or root (organizations:ListChildren).
    func accountIDs(in parent: String, after token: String?) async throws -> DirectoryPage<AccountID>
    /// A page of the units directly in a unit or root (organizations:ListChildren).
    func units(in parent: String, after token: String?) async throws -> DirectoryPage<String>
}

/// A page of an answer, and what asks for the next one; nil after the last.
package struct DirectoryPage<Element: Sendable>: Sendable {
    package var elements: [Element]
    package var next: String?

    package init(elements: [Element], next: String?) {
        self.elements = elements
        self.next = next
    }
}

/// As whom the organization is read.
package struct Caller: Sendable, Hashable {
    package var account: AccountID
    package var partition: String

    package init(account: AccountID, partition: String) {
        self.account = account
        self.partition = partition
    }
}
