// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveAWS

struct CallPipelineTests {
    private static let identity = """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/a</Arn><UserId>AIDA</UserId>\
        <Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        """

    private static func client(
        _ transport: ScriptedTransport, _ still: StillEnvironment, attempts: Int = 3,
        credentials: any CredentialProvider = StaticCredentials(
            Credentials(accessKeyID: "AKID", secretAccessKey: "wJalrXUtnFEMI"))
    ) throws -> STSClient {
        STSClient(
            CallPipeline(
                transport: transport, credentials: credentials, policy: RetryPolicy(maximumAttempts: attempts),
                userAgent: "test/1", environment: still.environment),
            endpoint: CallEndpoint(
                try ServiceEndpoint(url: "https://sts.example", signingRegion: "eu-west-1", service: "sts")))
    }

    @Test func `a call that succeeds is sent once, signed and named`() async throws {
        let transport = ScriptedTransport(.ok(Self.identity))
        let still = StillEnvironment()
        let identity = try await Self.client(transport, still).getCallerIdentity()
        #expect(
            identity == CallerIdentity(account: "111111111111", arn: "arn:aws:iam::111111111111:user/a", userID: "AIDA")
        )
        #expect(still.slept.isEmpty)
        let request = try #require(transport.requests.first)
        #expect(transport.requests.count == 1)
        #expect(request.headers["user-agent"] == "test/1")
        #expect(request.headers["x-amz-date"] == "20150830T123600Z")
        #expect(
            request.headers["authorization"]?.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKID/20150830/eu-west-1/sts/aws4_request, "
                    + "SignedHeaders=content-type;host;x-amz-date, Signature=") == true)
        #expect(String(decoding: request.body, as: UTF8.self) == "Action=GetCallerIdentity&Version=2011-06-15")
    }

    /// The kinds of botocore 1.44.5's `StandardRetryConditions`, and whether it repeats the call.
    @Test(arguments: [
        (ScriptedTransport.Answer.queryError(400, "Throttling"), true), (.queryError(400, "ThrottlingException"), true),
        (.queryError(400, "RequestLimitExceeded"), true), (.queryError(429, "Whatever"), true),
        (.queryError(400, "TooManyRequestsException"), true), (.queryError(400, "SlowDown"), true),
        (.queryError(400, "RequestTimeout"), true), (.queryError(400, "IDPCommunicationError"), true),
        (.queryError(500, "InternalFailure"), true), (.queryError(502, "X"), true), (.queryError(503, "X"), true),
        (.queryError(504, "X"), true), (.success(HTTPResponse(status: 503)), true),
        (.queryError(501, "NotImplemented"), false), (.queryError(400, "ValidationError"), false),
        (.queryError(403, "AccessDenied"), false), (.queryError(403, "ExpiredToken"), false),
        (.queryError(400, "ConcurrentModificationException"), false), (.success(HTTPResponse(status: 404)), false),
        (.failed(.notSent, "ConnectionRefused"), true), (.failed(.notSent, "UnknownHost"), true),
        (.failed(.timedOut, "ReadTimeout"), true), (.failed(.timedOut, "ConnectionClosed"), true),
        (.failed(.notSent, "TLSVerificationFailed", isRetryable: false), false),
        (.failed(.unreadable, "ResponseTooLarge", isRetryable: false), false),
    ])
    func `what may pass by itself is sent three times, all else once`(
        _ answer: ScriptedTransport.Answer, _ isRepeated: Bool
    ) async throws {
        let transport = ScriptedTransport(answer)
        let still = StillEnvironment()
        let client = try Self.client(transport, still)
        let error = await #expect(throws: AWSError.self) { try await client.getCallerIdentity() }
        #expect(transport.requests.count == (isRepeated ? 3 : 1))
        #expect(error?.attempts == transport.requests.count)
        #expect(error?.operation == "STS.GetCallerIdentity")
        #expect(error?.isRetryable == isRepeated)
        #expect(still.slept.count == transport.requests.count - 1)
    }

    @Test func `waits double, from a second after a throttle and from 50 milliseconds otherwise`() async throws {
        let transport = ScriptedTransport(
            .queryError(400, "Throttling"), .queryError(500, "InternalFailure"), .queryError(400, "Throttling"),
            .ok(Self.identity))
        let still = StillEnvironment()
        _ = try await Self.client(transport, still, attempts: 4).getCallerIdentity()
        #expect(still.slept == [.seconds(1), .milliseconds(100), .seconds(4)])
    }

    @Test func `no wait is longer than 20 seconds, but for what the service asks, at most 5 more`() {
        let policy = RetryPolicy(maximumAttempts: 100)
        #expect(policy.delay(attempt: 6, after: .throttle, random: 1) == .seconds(20))
        #expect(policy.delay(attempt: 60, after: .transient, random: 1) == .seconds(20))
        #expect(policy.delay(attempt: 1, after: .throttle, random: 0.25) == .milliseconds(250))
        #expect(policy.delay(attempt: 1, after: .throttle, random: 0.5, retryAfter: 2_000) == .seconds(2))
        #expect(policy.delay(attempt: 1, after: .throttle, random: 0.5, retryAfter: 60_000) == .milliseconds(5_500))
        #expect(policy.delay(attempt: 1, after: .throttle, random: 0.5, retryAfter: -1) == .milliseconds(500))
    }

    @Test func `the header x-amz-retry-after lengthens the wait`() async throws {
        let transport = ScriptedTransport(
            .queryError(400, "Throttling", ["x-amz-retry-after": "3000"]),
            .queryError(400, "Throttling", ["x-amz-retry-after": "soon"]), .ok(Self.identity))
        let still = StillEnvironment()
        _ = try await Self.client(transport, still).getCallerIdentity()
        #expect(still.slept == [.seconds(3), .seconds(2)])
    }

    @Test func `an empty quota ends the retries of all calls, and successes fill it again`() async throws {
        let quota = RetryQuota()
        for _ in 0..<35 { #expect(quota.acquire(after: .transient) == 14) }
        #expect(quota.remaining == 10)
        #expect(quota.acquire(after: .transient) == nil)
        #expect(quota.acquire(after: .throttle) == 5)
        quota.release(nil)
        quota.release(14)
        #expect(quota.remaining == 20)
        for _ in 0..<100 { quota.release(14) }
        #expect(quota.remaining == 500)
    }

    @Test func `a client whose quota is used up fails at the first refusal`() async throws {
        let transport = ScriptedTransport(.queryError(500, "InternalFailure"))
        let still = StillEnvironment()
        let client = try Self.client(transport, still)
        for _ in 0..<20 { await #expect(throws: AWSError.self) { try await client.getCallerIdentity() } }
        // 500 / 14 = 35 retries: 17 calls of three attempts, one of two, and then one attempt a call.
        #expect(transport.requests.count == 20 + 35)
    }

    @Test func `every attempt asks for credentials and is signed anew`() async throws {
        let transport = ScriptedTransport(.queryError(500, "InternalFailure"), .ok(Self.identity))
        let credentials = CountedCredentials()
        _ = try await Self.client(transport, StillEnvironment(), credentials: credentials).getCallerIdentity()
        #expect(credentials.asked == 2)
        #expect(transport.requests.last?.headers["authorization"]?.contains("Credential=AKIDEXAMPLE2/") == true)
    }

    @Test func `expired credentials are told as such and not retried here`() async throws {
        let transport = ScriptedTransport(.queryError(403, "ExpiredToken"))
        let error = await #expect(throws: AWSError.self) {
            try await Self.client(transport, StillEnvironment()).getCallerIdentity()
        }
        #expect(error?.isExpiredCredentials == true)
        #expect(error?.requestID == "id-1")
        #expect(error?.httpStatus == 403)
        #expect(error?.message == "because")
    }

    @Test func `a wrong clock is corrected by the answer's date`() async throws {
        let transport = ScriptedTransport(
            .queryError(403, "SignatureDoesNotMatch", ["date": "Sun, 30 Aug 2015 13:36:00 GMT"]), .ok(Self.identity))
        let still = StillEnvironment()
        let client = try Self.client(transport, still)
        _ = try await client.getCallerIdentity()
        #expect(still.slept.isEmpty)
        _ = try await client.getCallerIdentity()
        #expect(
            transport.requests.map { $0.headers["x-amz-date"] }
                == ["20150830T123600Z", "20150830T133600Z", "20150830T133600Z"])
    }

    @Test func `a wrong signature at the right time is not sent again`() async throws {
        let transport = ScriptedTransport(
            .queryError(403, "SignatureDoesNotMatch", ["date": "Sun, 30 Aug 2015 12:37:00 GMT"]))
        await #expect(throws: AWSError.self) {
            try await Self.client(transport, StillEnvironment()).getCallerIdentity()
        }
        #expect(transport.requests.count == 1)
    }

    @Test(arguments: [
        "", "{}", "<a/>", "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>",
    ])
    func `an answer that is not the operation's is unreadable`(_ body: String) async throws {
        let transport = ScriptedTransport(.ok(body))
        let error = await #expect(throws: AWSError.self) {
            try await Self.client(transport, StillEnvironment()).getCallerIdentity()
        }
        #expect(error?.phase == .unreadable)
        #expect(error?.code == "UnreadableResponse")
        #expect(transport.requests.count == 1)
    }

    @Test func `no secret is in an error or in a request's description`() async throws {
        let transport = ScriptedTransport(.queryError(403, "AccessDenied"))
        let error = await #expect(throws: AWSError.self) {
            try await Self.client(transport, StillEnvironment()).getCallerIdentity()
        }
        #expect(error.map { "\($0) \(String(reflecting: $0))" }?.contains("wJalrXUtnFEMI") == false)
        #expect(error?.isAccessDenied == true)
    }
}
