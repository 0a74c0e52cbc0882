// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Testing

@testable import CoveKit

/// STS and Organizations on a loopback port, and an environment in which a program finds them and nothing else.
final class FakeOrganization: Sendable {
    let server: LocalHTTPServer
    let place: TemporaryFolder

    /// An organization of accounts 1 to so many.
    init(accounts: Int) throws {
        place = try TemporaryFolder()
        let names = try (1...accounts).map { (try AccountID.sample($0).rawValue, "account \($0)") }
        server = try LocalHTTPServer { request in
            if request.headers["x-amz-target"]?.hasSuffix("ListAccounts") == true { return Self.listing(names) }
            if request.text.contains("GetCallerIdentity") { return Self.identity }
            return Self.role
        }
    }

    /// The environment of a program.
    var environment: ProcessEnvironment {
        .sample(
            [
                "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "AKIACALLER", "AWS_SECRET_ACCESS_KEY": "s",
                "AWS_DEFAULT_REGION": "eu-north-1", "HOME": place.path, "XDG_STATE_HOME": place.path,
            ], workingDirectory: place.path)
    }

    /// The runs of that program.
    var folders: RunFolders {
        get throws { try #require(RunFolders(option: nil, environment: environment)) }
    }

    private static func listing(_ accounts: [(id: String, name: String)]) -> LocalHTTPServer.Answer {
        let entries = accounts.map {
            #"{"Id": "\#($0.id)", "Name": "\#($0.name)", "Arn": "arn:\#($0.id)", "Email": "\#($0.id)@example.com", "#
                + #""Status": "ACTIVE"}"#
        }
        return .text(#"{"Accounts": [\#(entries.joined(separator: ","))]}"#)
    }

    private static let identity = LocalHTTPServer.Answer.text(
        """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000999:user/u</Arn>\
        <UserId>U</UserId><Account>000000000999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        """)

    private static let role = LocalHTTPServer.Answer.text(
        """
        <AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>\
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>
        """)
}
