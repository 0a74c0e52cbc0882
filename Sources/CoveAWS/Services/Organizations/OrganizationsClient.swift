// SPDX-License-Identifier: Apache-2.0

/// The operations of AWS Organizations that Cove itself needs (API version 2016-11-28).
///
/// Only the management account and delegated administrators may call them.
public struct OrganizationsClient: Sendable {
    private let pipeline: CallPipeline
    private let endpoint: CallEndpoint

    private static let listAccounts = BuiltInModel.plan("ListAccounts", of: BuiltInModel.organizations)
    private static let listChildren = BuiltInModel.plan("ListChildren", of: BuiltInModel.organizations)

    /// Makes a client of a pipeline.
    package init(_ pipeline: CallPipeline, endpoint: CallEndpoint) {
        self.pipeline = pipeline
        self.endpoint = endpoint
    }

    /// A page of all accounts of the organization.
    public func listAccounts(nextToken: String? = nil) async throws -> AccountPage {
        var input = AWSMembers()
        input["NextToken"] = nextToken.map { .string($0) }
        return try await pipeline.call(Self.listAccounts.get(), input, to: endpoint) { output throws(CodecError) in
            var accounts: [OrganizationAccount] = []
            for account in output["Accounts"].list ?? [] {
                accounts.append(
                    OrganizationAccount(
                        id: try Self.id(account), name: account["Name"].string, arn: account["Arn"].string,
                        email: account["Email"].string, status: account["Status"].string,
                        state: account["State"].string))
            }
            return AccountPage(accounts: accounts, nextToken: output["NextToken"].string)
        }
    }

    /// A page of the accounts, or of the organizational units, directly in a root or unit.
    public func listChildren(
        parentID: String, childType: OrganizationChild.Kind, nextToken: String? = nil
    ) async throws -> ChildPage {
        var input: AWSMembers = ["ParentId": .string(parentID), "ChildType": .string(childType.rawValue)]
        input["NextToken"] = nextToken.map { .string($0) }
        return try await pipeline.call(Self.listChildren.get(), input, to: endpoint) { output throws(CodecError) in
            var children: [OrganizationChild] = []
            for child in output["Children"].list ?? [] {
                children.append(OrganizationChild(id: try Self.id(child), kind: childType))
            }
            return ChildPage(children: children, nextToken: output["NextToken"].string)
        }
    }

    /// The pages of all accounts of the organization.
    public func accountPages() -> PageSequence<AccountPage> {
        PageSequence("Organizations.ListAccounts") { token in
            let page = try await listAccounts(nextToken: token)
            return (page, page.nextToken)
        }
    }

    /// The pages of the accounts, or of the organizational units, directly in a root or unit.
    public func childPages(parentID: String, childType: OrganizationChild.Kind) -> PageSequence<ChildPage> {
        PageSequence("Organizations.ListChildren") { token in
            let page = try await listChildren(parentID: parentID, childType: childType, nextToken: token)
            return (page, page.nextToken)
        }
    }

    /// The id, which the API says is always there.
    private static func id(_ value: AWSValue) throws(CodecError) -> String {
        guard let id = value["Id"].string else { throw CodecError("expected Id", at: 0) }
        return id
    }
}
