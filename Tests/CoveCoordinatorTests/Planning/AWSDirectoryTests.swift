// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Testing

@testable import CoveCoordinator

/// The directory against STS and Organizations on a loopback port.
@Suite(.timeLimit(.minutes(5)))
struct AWSDirectoryTests {
    private static func directory(of server: LocalHTTPServer) throws -> AWSDirectory {
        let configuration = try AWSConfiguration.resolve(
            environment: ["AWS_ENDPOINT_URL": server.url, "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "eu-west-1"],
            files: .table([:]))
        let caller = StaticCredentials(Credentials(accessKeyID: "AKIACALLER", secretAccessKey: "caller's secret"))
        return AWSDirectory(session: try AWSSession(configuration: configuration, credentials: caller))
    }

    private static func identity(_ account: String, _ arn: String) -> LocalHTTPServer.Answer {
        .text(
            """
            <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>\(arn)</Arn><UserId>U</UserId>\
            <Account>\(account)</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
            """)
    }

    @Test(arguments: [
        ("arn:aws:sts::000000000900:assumed-role/r/s", "aws"), ("arn:aws-cn:iam::000000000900:user/u", "aws-cn"),
        ("arn:aws-us-gov:iam::000000000900:root", "aws-us-gov"),
    ])
    func `the partition is that of the caller's ARN`(_ arn: String, _ partition: String) async throws {
        let server = try LocalHTTPServer { _ in Self.identity("000000000900", arn) }
        let caller = try await Self.directory(of: server).caller()
        #expect(caller == Caller(account: Account.sample(900).id, partition: partition))
    }

    @Test func `a caller without an account id is an error`() async throws {
        let server = try LocalHTTPServer { _ in Self.identity("90", "arn:aws:iam::90:root") }
        let error = await #expect(throws: AWSError.self) { try await Self.directory(of: server).caller() }
        #expect(error?.phase == .unreadable && error?.message.contains("\"90\"") == true)
    }

    @Test func `pages of accounts, members and units are asked for with their tokens`() async throws {
        let server = try LocalHTTPServer { request in
            switch request.headers["x-amz-target"]?.split(separator: ".").last {
            case "ListAccounts":
                .text(
                    """
                    {"Accounts": [{"Id": "000000000001", "Name": "n", "Arn": "a", "Email": "e", "Status": "ACTIVE",
                        "State": "ACTIVE"}], "NextToken": "t1"}
                    """)
            case "ListChildren" where request.text.contains("ORGANIZATIONAL_UNIT"):
                .text(#"{"Children": [{"Id": "ou-abcd-22222222", "Type": "ORGANIZATIONAL_UNIT"}]}"#)
            default: .text(#"{"Children": [{"Id": "000000000002", "Type": "ACCOUNT"}], "NextToken": "t2"}"#)
            }
        }
        let directory = try Self.directory(of: server)
        let accounts = try await directory.accounts(after: nil)
        #expect(accounts.elements.map(\.id) == [Account.sample(1).id] && accounts.next == "t1")
        #expect(accounts.elements[0].state == "ACTIVE" && accounts.elements[0].email == "e")
        let members = try await directory.accountIDs(in: "ou-abcd-11111111", after: "t1")
        #expect(members.elements == [Account.sample(2).id] && members.next == "t2")
        let units = try await directory.units(in: "ou-abcd-11111111", after: nil)
        #expect(units.elements == ["ou-abcd-22222222"] && units.next == nil)
        #expect(server.requests[1].text.contains(#""NextToken":"t1""#))
        #expect(server.requests[1].text.contains("ou-abcd-11111111"))
    }

    @Test func `an account whose id is none is an error`() async throws {
        let server = try LocalHTTPServer { _ in .text(#"{"Accounts": [{"Id": "x"}], "Children": [{"Id": "y"}]}"#) }
        let directory = try Self.directory(of: server)
        let error = await #expect(throws: AWSError.self) { try await directory.accounts(after: nil) }
        #expect(error?.code == "UnexpectedAccount")
        await #expect(throws: AWSError.self) { try await directory.accountIDs(in: "r-abcd", after: nil) }
    }
}
