// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveAWS

struct ServiceClientTests {
    private static func session(_ transport: ScriptedTransport, region: String? = "eu-west-1") throws -> AWSSession {
        try AWSSession(
            configuration: AWSConfiguration(region: region),
            credentials: StaticCredentials(Credentials(accessKeyID: "AKID", secretAccessKey: "secret")),
            transport: transport, environment: StillEnvironment().environment)
    }

    private static let role = """
        <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><SourceIdentity/>\
        <AssumedRoleUser><Arn>arn:aws:sts::111111111111:assumed-role/r/s</Arn><AssumedRoleId>AROA:s</AssumedRoleId>\
        </AssumedRoleUser><Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>a/b+c</SecretAccessKey>\
        <SessionToken>IQoJ//==</SessionToken><Expiration>2026-11-21T01:00:00Z</Expiration></Credentials>\
        <PackedPolicySize>6</PackedPolicySize></AssumeRoleResult></AssumeRoleResponse>
        """

    @Test func `AssumeRole writes every parameter as botocore does`() async throws {
        let transport = ScriptedTransport(.ok(Self.role))
        var input = AssumeRoleInput(roleARN: "arn:aws:iam::111111111111:role/a/r", sessionName: "s+=,.@-")
        input.policy = #"{"Version": "2012-10-17"}"#
        input.policyARNs = ["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"]
        input.externalID = "x & y"
        input.durationSeconds = 900
        input.serialNumber = "arn:aws:iam::1:mfa/m"
        input.tokenCode = "123456"
        let role = try await Self.session(transport).sts.assumeRole(input)
        #expect(role.credentials.accessKeyID == "ASIAX")
        #expect(role.credentials.secretAccessKey == "a/b+c")
        #expect(role.credentials.sessionToken == "IQoJ//==")
        #expect(role.credentials.expiration == Date(timeIntervalSince1970: 1_795_222_800))
        #expect(role.assumedRoleARN == "arn:aws:sts::111111111111:assumed-role/r/s")
        #expect(role.assumedRoleID == "AROA:s")
        #expect(role.packedPolicySize == 6)
        let request = try #require(transport.requests.first)
        #expect(request.origin.text == "https://sts.eu-west-1.amazonaws.com")
        let parameters = String(decoding: request.body, as: UTF8.self).split(separator: "&").sorted()
        #expect(
            parameters == [
                "Action=AssumeRole", "DurationSeconds=900", "ExternalId=x%20%26%20y",
                "Policy=%7B%22Version%22%3A%20%222012-10-17%22%7D",
                "PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FOne",
                "PolicyArns.member.2.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FTwo",
                "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fa%2Fr", "RoleSessionName=s%2B%3D%2C.%40-",
                "SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fm", "TokenCode=123456", "Version=2011-06-15",
            ])
    }

    @Test(arguments: ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Credentials"])
    func `AssumeRole without a part of the credentials is unreadable`(_ name: String) async throws {
        let body = Self.role.replacing("<\(name)>", with: "<X>").replacing("</\(name)>", with: "</X>")
        let transport = ScriptedTransport(.ok(body))
        let error = await #expect(throws: AWSError.self) {
            try await Self.session(transport).sts.assumeRole(AssumeRoleInput(roleARN: "r", sessionName: "s"))
        }
        #expect(error?.phase == .unreadable)
        #expect(error?.message.contains(name) == true)
        #expect(error.map { "\($0)" }?.contains("a/b+c") == false)
    }

    @Test func `STS of another region and sessions of other identities share the transport`() async throws {
        let transport = ScriptedTransport(.ok(Self.role))
        let session = try Self.session(transport)
        let input = AssumeRoleInput(roleARN: "r", sessionName: "s")
        _ = try await session.sts(region: "me-south-1").assumeRole(input)
        let other = StaticCredentials(Credentials(accessKeyID: "OTHER", secretAccessKey: "s", sessionToken: "token"))
        _ = try await session.with(credentials: other, region: "cn-north-1").sts.assumeRole(input)
        #expect(
            transport.requests.map(\.origin.host) == [
                "sts.me-south-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn",
            ])
        #expect(transport.requests.last?.headers["x-amz-security-token"] == "token")
        #expect(transport.requests.last?.headers["authorization"]?.contains("OTHER/20150830/cn-north-1/sts") == true)
    }

    @Test func `ListAccounts reads Status, State, both or neither`() async throws {
        let transport = ScriptedTransport(
            .ok(
                """
                {"Accounts": [
                 {"Id": "000000000001", "Arn": "arn:1", "Email": "e@x", "Name": "n", "Status": "ACTIVE", "JoinedTimestamp": 1.5},
                 {"Id": "000000000002", "State": "SUSPENDED", "Future": {"x": [1]}},
                 {"Id": "000000000003", "Status": "ACTIVE", "State": "PENDING_CLOSURE"},
                 {"Id": "000000000004"}], "NextToken": "t"}
                """))
        let page = try await Self.session(transport).organizations.listAccounts(nextToken: "before")
        #expect(
            page
                == AccountPage(
                    accounts: [
                        OrganizationAccount(
                            id: "000000000001", name: "n", arn: "arn:1", email: "e@x", status: "ACTIVE"),
                        OrganizationAccount(id: "000000000002", state: "SUSPENDED"),
                        OrganizationAccount(id: "000000000003", status: "ACTIVE", state: "PENDING_CLOSURE"),
                        OrganizationAccount(id: "000000000004"),
                    ], nextToken: "t"))
        #expect(page.accounts.map(\.isActive) == [true, false, false, false])
        let request = try #require(transport.requests.first)
        #expect(request.origin.text == "https://organizations.us-east-1.amazonaws.com")
        #expect(request.headers["x-amz-target"] == "AWSOrganizationsV20161128.ListAccounts")
        #expect(request.headers["content-type"] == "application/x-amz-json-1.1")
        #expect(request.body == Array(#"{"NextToken":"before"}"#.utf8))
    }

    @Test func `ListChildren names parent and kind`() async throws {
        let transport = ScriptedTransport(.ok(#"{"Children":[{"Id":"ou-1","Type":"ORGANIZATIONAL_UNIT"}]}"#))
        let page = try await Self.session(transport).organizations.listChildren(
            parentID: "r-1", childType: .organizationalUnit)
        #expect(page == ChildPage(children: [OrganizationChild(id: "ou-1", kind: .organizationalUnit)], nextToken: nil))
        #expect(
            transport.requests.first?.body == Array(#"{"ParentId":"r-1","ChildType":"ORGANIZATIONAL_UNIT"}"#.utf8))
    }

    @Test func `empty pages with a token behind them do not end a listing`() async throws {
        let transport = ScriptedTransport(
            .ok(#"{"Accounts":[],"NextToken":"a"}"#), .ok(#"{"NextToken":"b"}"#),
            .ok(#"{"Accounts":[{"Id":"1"}],"NextToken":"c"}"#), .ok(#"{"Accounts":[{"Id":"2"}],"NextToken":null}"#))
        var ids: [String] = []
        for try await page in try Self.session(transport).organizations.accountPages() {
            ids += page.accounts.map(\.id)
        }
        #expect(ids == ["1", "2"])
        #expect(
            transport.requests.map { String(decoding: $0.body, as: UTF8.self) } == [
                "{}", #"{"NextToken":"a"}"#, #"{"NextToken":"b"}"#, #"{"NextToken":"c"}"#,
            ])
    }

    @Test func `a token that comes again ends a listing with an error`() async throws {
        let transport = ScriptedTransport(
            .ok(#"{"Children":[],"NextToken":"a"}"#), .ok(#"{"Children":[],"NextToken":"b"}"#),
            .ok(#"{"Children":[],"NextToken":"a"}"#))
        var pages = try Self.session(transport).organizations.childPages(parentID: "r-1", childType: .account)
            .makeAsyncIterator()
        _ = try await pages.next()
        _ = try await pages.next()
        let error = await #expect(throws: AWSError.self) { try await pages.next() }
        #expect(error?.phase == .unreadable)
        #expect(error?.code == "RepeatedNextToken")
        #expect(try await pages.next() == nil)
    }

    @Test(arguments: [
        (#"{"__type":"AccessDeniedException","Message":"no"}"#, "", "AccessDeniedException", "no"),
        (#"{"__type":"com.amazonaws.organizations#X","message":"y"}"#, "", "X", "y"),
        ("{}", "TooManyRequestsException:http://internal", "TooManyRequestsException", ""),
        ("<html>", "", "400", "<html>"), ("", "", "400", "Bad Request"),
        (#"{"__type":7,"message":8}"#, "", "400", "Bad Request"), ("[]", "", "400", "Bad Request"),
    ])
    func `a JSON refusal is read wherever the code stands`(
        _ body: String, _ type: String, _ code: String, _ message: String
    ) throws {
        let headers: HeaderFields = type.isEmpty ? [:] : ["x-amzn-errortype": type]
        let fault = ErrorReader.fault(
            of: HTTPResponse(status: 400, headers: headers, body: Array(body.utf8)),
            try BuiltInModel.organizations.get().metadata)
        #expect(fault == ServiceFault(code: code, message: message, requestID: nil))
    }

    @Test func `a refusal says whose fault it is where the service does`() async throws {
        let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>C</Code></Error></ErrorResponse>"
        let fault = ErrorReader.fault(
            of: HTTPResponse(status: 400, body: Array(refusal.utf8)), try BuiltInModel.sts.get().metadata)
        #expect(fault.type == "Sender")
        let former = ErrorReader.fault(
            of: HTTPResponse(
                status: 400, headers: ["x-amzn-query-error": "Former;Receiver"], body: Array(#"{"__type":"New"}"#.utf8)),
            try BuiltInModel.organizations.get().metadata)
        #expect((former.code, former.type ?? "") == ("Former", "Receiver"))
        let error = await #expect(throws: AWSError.self) {
            try await Self.session(ScriptedTransport(.queryError(403, "C"))).sts.getCallerIdentity()
        }
        #expect(error?.type == "Sender")
    }
}
