// SPDX-License-Identifier: Apache-2.0

/// The operations of AWS Organizations that Cove itself needs (API version 2016-11-28).
///
/// Only the management account and delegated administrators may call them.
public struct OrganizationsClient: Sendable {
    private let pipeline: CallPipeline
    private let endpoint: CallEndpoint

    /// Makes a client of a pipeline.
    package init(_ pipeline: CallPipeline, endpoint: CallEndpoint) {
        self.pipeline = pipeline
        self.endpoint = endpoint
    }

    /// Makes a client that signs with the given credentials.
    ///
    /// - Parameter region: a region of the partition; nil for the configuration's.
    package init(
        configuration: AWSConfiguration, transport: any HTTPTransport, credentials: any CredentialProvider,
        region: String? = nil, userAgent: String = AWSSession.userAgent, environment: CallEnvironment = .live
    ) throws {
        self.init(
            CallPipeline(
                transport: transport, credentials: credentials,
                policy: RetryPolicy(configuration, serviceID: "Organizations"),
                userAgent: userAgent, environment: environment),
            endpoint: CallEndpoint(try .organizations(configuration, region: region)))
    }

    /// A page of all accounts of the organization.
    public func listAccounts(nextToken: String? = nil) async throws -> AccountPage {
        try await call("ListAccounts", ["NextToken": nextToken]) { answer in
            let accounts = try Self.elements("Accounts", of: answer).map { account in
                guard let id = account["Id"]?.string else { throw CodecError("expected Id of an account", at: 0) }
                return OrganizationAccount(
                    id: id, name: account["Name"]?.string, arn: account["Arn"]?.string,
                    email: account["Email"]?.string, status: account["Status"]?.string,
                    state: account["State"]?.string)
            }
            return AccountPage(accounts: accounts, nextToken: try Self.nextToken(of: answer))
        }
    }

    /// A page of the accounts, or of the organizational units, directly in a root or unit.
    public func listChildren(
        parentID: String, childType: OrganizationChild.Kind, nextToken: String? = nil
    ) async throws -> ChildPage {
        let input: KeyValuePairs = [
            "ParentId": parentID, "ChildType": childType.rawValue, "NextToken": nextToken,
        ]
        return try await call("ListChildren", input) { answer in
            let children = try Self.elements("Children", of: answer).map { child in
                guard let id = child["Id"]?.string else { throw CodecError("expected Id of a child", at: 0) }
                return OrganizationChild(id: id, kind: childType)
            }
            return ChildPage(children: children, nextToken: try Self.nextToken(of: answer))
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

    private func call<Output>(
        _ operation: String, _ input: KeyValuePairs<String, String?>, read: (JSONValue) throws -> Output
    ) async throws -> Output {
        let request = JSONProtocol.request(
            "AWSOrganizationsV20161128.\(operation)", body: JSONWriter.object(input), to: endpoint.origin)
        let call = Call("Organizations.\(operation)", request, auth: endpoint.auth, fault: JSONProtocol.fault)
        return try await pipeline.call(call) { response in
            let answer = try JSONReader.read(response.body)
            guard case .object = answer else { throw CodecError("expected an object", at: 0) }
            return try read(answer)
        }.output
    }

    /// The elements of a list; an absent one is empty.
    private static func elements(_ name: String, of answer: JSONValue) throws -> [JSONValue] {
        guard let value = answer[name], !value.isNull else { return [] }
        guard let elements = value.array else { throw CodecError("expected an array in \(name)", at: 0) }
        return elements
    }

    private static func nextToken(of answer: JSONValue) throws -> String? {
        guard let value = answer["NextToken"], !value.isNull else { return nil }
        guard let token = value.string else { throw CodecError("expected a string in NextToken", at: 0) }
        return token
    }
}
