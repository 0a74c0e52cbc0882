// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Testing

@testable import CoveAWS

/// Listings as a Swift program reads them, against botocore's models and a server of our own.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct AWSPagesTests {
    /// IAM with five users, of which a page has as many as are asked for, two if nobody asks.
    private static func iam() throws -> (client: AWSClient, server: LocalHTTPServer) {
        let server = try LocalHTTPServer { request in
            let form = request.text.split(separator: "&").reduce(into: [String: String]()) { form, field in
                let parts = field.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                form[parts[0]] = parts.count > 1 ? parts[1] : ""
            }
            if form["PathPrefix"] == "refused" {
                return .text("<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>", status: 400)
            }
            let start = form["Marker"].flatMap { Int($0) } ?? 0
            let end = min(5, start + (form["MaxItems"].flatMap { Int($0) } ?? 2))
            let users = (start..<end).map { "<member><UserName>u\($0)</UserName><Path>/</Path></member>" }.joined()
            let more =
                end < 5 ? "<IsTruncated>true</IsTruncated><Marker>\(end)</Marker>" : "<IsTruncated>false</IsTruncated>"
            return .text(
                "<ListUsersResponse><ListUsersResult><Users>\(users)</Users>\(more)</ListUsersResult></ListUsersResponse>"
            )
        }
        let configuration = try AWSConfiguration.resolve(
            environment: [
                "AWS_ENDPOINT_URL": server.url, "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "eu-west-1",
            ], files: .table([:]))
        let session = try AWSSession(
            configuration: configuration,
            credentials: StaticCredentials(Credentials(accessKeyID: "AKIA", secretAccessKey: "secret")),
            modelFolders: [BotocoreReference.data])
        return (try session.client("iam"), server)
    }

    @Test func `pages come one after the other, as they are asked for`() async throws {
        let (iam, server) = try Self.iam()
        var names: [[String]] = []
        for try await page in iam.paginate("ListUsers") {
            names.append((page.Users.list ?? []).compactMap(\.UserName.string))
            #expect(server.requests.count == names.count)
        }
        #expect(names == [["u0", "u1"], ["u2", "u3"], ["u4"]])
    }

    @Test func `everything is collected, as a whole, by an expression, or as a type`() async throws {
        let (iam, server) = try Self.iam()
        defer { server.stop() }
        let whole = try await iam.paginate("list_users").collect()
        #expect(whole.Users.list?.count == 5 && whole["NextToken"].isNull)
        let names: [String] = try await iam.paginate("ListUsers").collect("Users[].UserName")
        #expect(names == ["u0", "u1", "u2", "u3", "u4"])
        #expect(try await iam.paginate("ListUsers").collect("length(Users)") == [2, 2, 1] as [AWSValue])
        struct User: Decodable, Equatable { var userName: String; var path: String }
        let users: [User] = try await iam.paginate("ListUsers").collect("Users")
        #expect(users.count == 5 && users[4] == User(userName: "u4", path: "/"))
    }

    @Test func `a limit, a page's size and a token say where a listing begins and ends`() async throws {
        let (iam, server) = try Self.iam()
        let first = try await iam.paginate("ListUsers", pageSize: 3, limit: 2).collect()
        #expect(first.Users.list?.count == 2)
        #expect(server.requests.map { $0.text.contains("MaxItems=3") } == [true])
        let token = try #require(first.NextToken.string)
        let rest: [String] = try await iam.paginate("ListUsers", pageSize: 3, startingToken: token)
            .collect("Users[].UserName")
        #expect(rest == ["u2", "u3", "u4"])
        var pages = iam.paginate("ListUsers", limit: 3).makeAsyncIterator()
        while try await pages.next() != nil {}
        let resumed: [String] = try await iam.paginate("ListUsers", startingToken: pages.resumeToken)
            .collect("Users[].UserName")
        #expect(resumed == ["u3", "u4"])
    }

    @Test func `what is wrong is thrown when the first page is asked for, and nothing follows`() async throws {
        let (iam, server) = try Self.iam()
        for (pages, code) in [
            (iam.paginate("ListUser"), "UnknownOperation"), (iam.paginate("GetUser"), "OperationNotPageable"),
            (iam.paginate("ListUsers", startingToken: "a___b___c"), "PaginationError"),
        ] {
            let error = await #expect(throws: AWSError.self) { try await pages.collect() }
            #expect(error?.code == code && error?.phase == .invalidInput)
        }
        #expect(server.requests.isEmpty)
        var refused = AWSMembers()
        refused["PathPrefix"] = "refused"
        var pages = iam.paginate("ListUsers", refused).makeAsyncIterator()
        await #expect(throws: AWSError.self) { try await pages.next() }
        #expect(try await pages.next() == nil)
        await #expect(throws: JMESPathError.self) {
            let _: [AWSValue] = try await iam.paginate("ListUsers").collect("Users[")
        }
    }

    @Test func `a listing that takes too much is given up`() async throws {
        let (iam, server) = try Self.iam()
        defer { server.stop() }
        let error = await #expect(throws: AWSError.self) { try await iam.paginate("ListUsers").collect(atMost: 100) }
        #expect(error?.code == "ListingTooLarge")
        #expect(try await iam.paginate("ListUsers", limit: 2).collect(atMost: 100).Users.list?.count == 2)
    }
}
