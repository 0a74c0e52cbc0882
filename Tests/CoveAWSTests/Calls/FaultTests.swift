// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Synchronization
import Testing

@testable import CoveAWS

/// What goes wrong on the way and at the service, over real sockets: repeated or told, with the attempts counted.
@Suite(.enabled(if: BotocoreReference.interpreter != nil, Comment(rawValue: BotocoreReference.skipped)))
struct FaultTests {
    private static let models = ModelStore(folders: [BotocoreReference.data])
    private static let users = """
        <ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><IsTruncated>false</IsTruncated>\
        <Users><member><UserName>ada</UserName></member></Users></ListUsersResult></ListUsersResponse>
        """

    /// Answers that come one after the other, the last one again and again; and the waits between them.
    private struct Scene {
        var server: LocalHTTPServer
        var still = StillEnvironment()
        var session: AWSSession

        init(
            _ answers: LocalHTTPServer.Answer..., mode: AWSConfiguration.RetryMode = .standard,
            credentials: any CredentialProvider = StaticCredentials(
                Credentials(accessKeyID: "AKID", secretAccessKey: "wJalrXUtnFEMI")),
            transport change: (inout TransportConfiguration) -> Void = { _ in }
        ) throws {
            server = try LocalHTTPServer { request in answers[min(request.index, answers.count - 1)] }
            var configuration = AWSConfiguration(region: "eu-west-1")
            configuration.endpoints = ConfiguredEndpoints(environment: ["AWS_ENDPOINT_URL": server.url])
            configuration.retryMode = mode
            if mode == .legacy { configuration.maxAttempts = 5 }
            var transport = TransportConfiguration()
            change(&transport)
            session = try AWSSession(
                configuration: configuration, credentials: credentials, transport: CurlTransport(transport),
                models: FaultTests.models, environment: still.environment)
        }

        func failure(_ service: String = "iam", _ operation: String = "ListUsers", _ input: AWSMembers = [:]) async
            -> AWSError?
        {
            await #expect(throws: AWSError.self) { try await session.client(service).call(operation, input) }
        }
    }

    private static func refusal(_ status: Int, _ code: String, _ headers: HeaderFields = [:]) -> LocalHTTPServer.Answer
    {
        .text(
            "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>m</Message></Error></ErrorResponse>",
            status: status, headers)
    }

    @Test func `a throttle, a server's fault and a dropped connection pass by`() async throws {
        for first in [Self.refusal(400, "Throttling"), Self.refusal(503, "ServiceUnavailable"), .drop] {
            let scene = try Scene(first, .text(Self.users))
            let answer = try await scene.session.client("iam").answer("ListUsers")
            #expect(answer.attempts == 2)
            #expect(answer.output["Users"]?[0].UserName == "ada")
            #expect(scene.still.slept.count == 1)
        }
    }

    @Test func `what does not pass by is told with the attempts`() async throws {
        let throttled = try Scene(Self.refusal(400, "Throttling"))
        #expect(await throttled.failure()?.attempts == 3)
        #expect(throttled.still.slept == [.seconds(1), .seconds(2)])
        let legacy = try Scene(Self.refusal(500, "InternalFailure"), mode: .legacy)
        #expect(await legacy.failure()?.attempts == 5)
        #expect(legacy.still.slept == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        let refused = try Scene(Self.refusal(403, "AccessDenied"))
        let error = await refused.failure()
        #expect(error?.attempts == 1)
        #expect(error?.isRetryable == false)
        #expect(refused.still.slept.isEmpty)
    }

    @Test(arguments: [AWSConfiguration.RetryMode.standard, .legacy])
    func `Organizations' TooManyRequestsException on status 400 is repeated`(_ mode: AWSConfiguration.RetryMode)
        async throws
    {
        let scene = try Scene(
            .text(#"{"__type":"TooManyRequestsException","Message":"slow down","Type":"x"}"#, status: 400),
            .text(#"{"Accounts":[]}"#), mode: mode)
        #expect(try await scene.session.client("organizations").answer("ListAccounts").attempts == 2)
    }

    @Test func `in legacy mode a code counts only with its status`() async throws {
        let scene = try Scene(Self.refusal(409, "Throttling"), mode: .legacy)
        #expect(await scene.failure()?.attempts == 1)
    }

    @Test func `a body that is cut off is asked for again, and told when it stays so`() async throws {
        let short = Array("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<ListUsers".utf8)
        let once = try Scene(.raw(short, closes: true), .text(Self.users))
        #expect(try await once.session.client("iam").answer("ListUsers").attempts == 2)
        let always = try Scene(.raw(short, closes: true))
        let error = await always.failure()
        #expect(error?.phase == .timedOut)
        #expect(error?.attempts == 3)
    }

    @Test func `an answer that is not what the model says is told and not asked for again`() async throws {
        let scene = try Scene(.text("<ListUsersResponse><ListUsersResult>"))
        let error = await scene.failure()
        #expect(error?.phase == .unreadable)
        #expect(error?.attempts == 1)
        #expect(error?.operation == "IAM.ListUsers")
    }

    @Test func `a body larger than allowed is refused`() async throws {
        let scene = try Scene(.text(String(repeating: "x", count: 5_000))) { $0.maximumResponseSize = 4_096 }
        let error = await scene.failure()
        #expect(error?.code == "ResponseTooLarge")
        #expect(error?.attempts == 1)
    }

    @Test func `a server that is silent is given up after the read timeout, each time`() async throws {
        let scene = try Scene(.hold) { $0.readTimeout = .milliseconds(30) }
        let error = await scene.failure()
        #expect(error?.code == "ReadTimeout")
        #expect(error?.attempts == 3)
    }

    @Test func `a clock that is wrong is corrected at once`() async throws {
        let scene = try Scene(
            Self.refusal(403, "SignatureDoesNotMatch", ["date": "Sun, 30 Aug 2015 13:36:00 GMT"]), .text(Self.users))
        #expect(try await scene.session.client("iam").answer("ListUsers").attempts == 2)
        #expect(scene.server.requests.map { $0.headers["x-amz-date"] } == ["20150830T123600Z", "20150830T133600Z"])
        #expect(scene.still.slept.isEmpty)
    }

    @Test func `credentials that have ended are fetched anew, once`() async throws {
        let counted = CountedCredentials()
        let expired = Self.refusal(403, "ExpiredToken")
        let scene = try Scene(expired, .text(Self.users), credentials: CredentialCache(counted))
        #expect(try await scene.session.client("iam").answer("ListUsers").attempts == 2)
        #expect(counted.asked == 2)
        let keys = scene.server.requests.map { $0.headers["authorization"]?.contains("AKIDEXAMPLE2") }
        #expect(keys == [false, true])
        let never = try Scene(expired, credentials: CredentialCache(CountedCredentials()))
        #expect(await never.failure()?.attempts == 2)
        let fixed = try Scene(expired)
        #expect(await fixed.failure()?.attempts == 1)
    }

    @Test func `an error that S3 hides in a success is one, and is repeated`() async throws {
        let scene = try Scene(
            .text("<Error><Code>InternalError</Code><Message>later</Message></Error>"),
            .text("<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"))
        let answer = try await scene.session.client("s3").answer(
            "CopyObject", ["Bucket": "b", "Key": "k", "CopySource": "b/l"])
        #expect(answer.attempts == 2)
        #expect(answer.output["CopyObjectResult"]?.ETag == "e")
    }

    @Test func `a bucket that is elsewhere is found there, and from then on at once`() async throws {
        let scene = try Scene(
            .text("<Error><Code>PermanentRedirect</Code></Error>", status: 301, ["x-amz-bucket-region": "us-west-2"]),
            .text("body"))
        let s3 = try scene.session.client("s3")
        let answer = try await s3.answer("GetObject", ["Bucket": "b", "Key": "k"])
        #expect(answer.attempts == 2)
        _ = try await s3.answer("GetObject", ["Bucket": "b", "Key": "l"])
        let regions = scene.server.requests.map { $0.headers["authorization"]?.split(separator: "/")[2] }
        #expect(regions == ["eu-west-1", "us-west-2", "us-west-2"])
    }

    @Test func `a bucket of which nobody says where it is is asked itself`() async throws {
        let scene = try Scene(
            .text("", status: 400),
            .raw(
                Array("HTTP/1.1 400 Bad\r\nx-amz-bucket-region: us-west-2\r\nContent-Length: 0\r\n\r\n".utf8),
                closes: false),
            .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), closes: false))
        _ = try await scene.session.client("s3").answer("HeadObject", ["Bucket": "b", "Key": "k"])
        #expect(scene.server.requests.map(\.target) == ["/b/k", "/b", "/b/k"])
    }

    @Test func `an object whose checksum is wrong is asked for again`() async throws {
        let wrong: HeaderFields = ["x-amz-checksum-crc32": "AAAAAA=="]
        let right: HeaderFields = ["x-amz-checksum-crc32": "0aDHHA=="]
        let scene = try Scene(.text("body!", wrong), .text("body", ["x-amz-checksum-crc32": "AAAAAA==-2"]))
        let answer = try await scene.session.client("s3").answer("GetObject", ["Bucket": "b", "Key": "k"])
        #expect(answer.attempts == 2)
        let always = try Scene(.text("body!", right))
        let error = await always.failure("s3", "GetObject", ["Bucket": "b", "Key": "k"])
        #expect(error?.code == "ChecksumMismatch")
        #expect(error?.attempts == 3)
    }

    @Test func `DynamoDB's checksum of the whole body counts`() async throws {
        let scene = try Scene(.text("{}", ["x-amz-crc32": "1"]), .text("{}", ["x-amz-crc32": "2745614147"]))
        #expect(try await scene.session.client("dynamodb").answer("ListTables").attempts == 2)
    }

    @Test func `an error has the members of its model`() async throws {
        let scene = try Scene(
            .text(
                #"{"__type":"com.amazonaws.dynamodb#ConditionalCheckFailedException","message":"no","Item":{"k":{"S":"v"}}}"#,
                status: 400))
        let error = await scene.failure("dynamodb", "PutItem", ["TableName": "t", "Item": ["k": ["S": "v"]]])
        #expect(error?.code == "ConditionalCheckFailedException")
        #expect(error?.members["Item"]?.k.S == "v")
    }
}
