// SPDX-License-Identifier: Apache-2.0

package import CoveAWS
package import CoveCore

/// The directory that AWS Organizations and STS are.
package struct AWSDirectory: OrganizationDirectory {
    private let session: AWSSession

    package init(session: AWSSession) { self.session = session }

    package func caller() async throws -> Caller {
        let identity = try await session.sts.getCallerIdentity()
        guard let account = AccountID(identity.account) else {
            throw AWSError(
                .unreadable, code: "UnexpectedAccount",
                message: "STS answered the account \"\(identity.account)\", expected twelve digits",
                operation: "STS.GetCallerIdentity")
        }
        let partition = identity.arn.split(separator: ":", omittingEmptySubsequences: false).dropFirst().first
        return Caller(account: account, partition: partition.map(String.init) ?? "aws")
    }

    package func accounts(after token: String?) async throws -> DirectoryPage<Account> {
        let page = try await session.organizations.listAccounts(nextToken: token)
        let accounts = try page.accounts.map { account in
            Account(
                id: try Self.checked(account.id), name: account.name, arn: account.arn, email: account.email,
                status: account.status, state: account.state)
        }
        return DirectoryPage(elements: accounts, next: page.nextToken)
    }

    package func accountIDs(in parent: String, after token: String?) async throws -> DirectoryPage<AccountID> {
        let page = try await session.organizations.listChildren(
            parentID: parent, childType: .account, nextToken: token)
        return DirectoryPage(elements: try page.children.map { try Self.checked($0.id) }, next: page.nextToken)
    }

    package func units(in parent: String, after token: String?) async throws -> DirectoryPage<String> {
        let page = try await session.organizations.listChildren(
            parentID: parent, childType: .organizationalUnit, nextToken: token)
        return DirectoryPage(elements: page.children.map(\.id), next: page.nextToken)
    }

    private static func checked(_ id: String) throws -> AccountID {
        guard let account = AccountID(id) else {
            throw AWSError(
                .unreadable, code: "UnexpectedAccount",
                message: "Organizations answered the account id \"\(id)\", expected twelve digits")
        }
        return account
    }
}
