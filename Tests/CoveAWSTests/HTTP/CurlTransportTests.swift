// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Testing

@testable import CoveAWS

/// The transport against a real server on a socket.
@Suite(.timeLimit(.minutes(5)))
struct CurlTransportTests {
    private static func request(_ server: LocalHTTPServer, path: String = "/", body: String = "") throws -> HTTPRequest
    {
        HTTPRequest(.post, to: try HTTPOrigin(server.url), path: path, body: Array(body.utf8))
    }

    /// The error that sending a request ends in.
    private static func error(
        of request: HTTPRequest, over transport: CurlTransport, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> AWSError {
        let error = await #expect(throws: AWSError.self, sourceLocation: sourceLocation) {
            try await transport.send(request)
        }
        return try #require(error, sourceLocation: sourceLocation)
    }

    @Test func `a request arrives as it was given and the answer comes back whole`() async throws {
        let server = try LocalHTTPServer { _ in
            .text("short and stout", status: 418, ["X-Kind": " teapot ", "Date": "today"])
        }
        let transport = try CurlTransport()
        var request = try Self.request(server, path: "/pot?lid=1", body: "water")
        request.headers = ["x-empty": "", "content-type": "text/plain"]
        let response = try await transport.send(request)
        #expect(response.status == 418)
        #expect(String(decoding: response.body, as: UTF8.self) == "short and stout")
        #expect(response.header("x-kind") == "teapot")
        #expect(response.header("x-absent") == nil)
        #expect(response.headers["DATE"] == "today")
        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/pot?lid=1")
        #expect(seen.text == "water")
        #expect(seen.headers["x-empty"]?.isEmpty == true)
        #expect(seen.headers["content-type"] == "text/plain")
        #expect(seen.headers["host"] == "127.0.0.1:\(server.port)")
    }

    @Test func `each method goes out under its own name, also on a handle that was used for another`() async throws {
        let server = try LocalHTTPServer { request in .text(request.method == "HEAD" ? "" : request.method) }
        let transport = try CurlTransport()
        for method in [HTTPRequest.Method.post, .get, .put, .delete, .patch, .post, .head, .get] {
            let body: [UInt8] = method == .put || method == .patch ? [1, 2, 3] : []
            _ = try await transport.send(HTTPRequest(method, to: try HTTPOrigin(server.url), body: body))
        }
        #expect(server.requests.map(\.method) == ["POST", "GET", "PUT", "DELETE", "PATCH", "POST", "HEAD", "GET"])
        #expect(server.requests.map(\.body.count) == [0, 0, 3, 0, 3, 0, 0, 0])
    }

    @Test func `requests in series share one connection`() async throws {
        let server = try LocalHTTPServer { _ in .text("ok") }
        let transport = try CurlTransport()
        for _ in 0..<50 { _ = try await transport.send(try Self.request(server)) }
        #expect(server.requests.count == 50)
        #expect(server.connectionCount == 1)
    }

    @Test func `no more requests are under way than the setting allows, and the others wait their turn`() async throws {
        let server = try LocalHTTPServer { _ in .hold }
        var configuration = TransportConfiguration()
        // What is held here waits for a test whose turn may be late.
        configuration.readTimeout = .seconds(600)
        configuration.maximumInFlight = 3
        let transport = try CurlTransport(configuration)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<10 { group.addTask { try await transport.send(try Self.request(server)).status } }
            await server.requestsArrived(3)
            for number in 0..<10 {
                // As long as none is answered, no fourth comes.
                #expect(server.requests.count == min(10, 3 + number))
                server.answer(number, .text("ok"))
                let answer = try await group.next()
                #expect(answer == 200)
                await server.requestsArrived(min(10, 4 + number))
            }
        }
        #expect(server.connectionCount == 3)
    }

    @Test func `more waiting requests than allowed are refused, not queued for ever`() async throws {
        let server = try LocalHTTPServer { _ in .hold }
        var configuration = TransportConfiguration()
        // What is held here waits for a test whose turn may be late.
        configuration.readTimeout = .seconds(600)
        configuration.maximumInFlight = 1
        configuration.maximumWaiting = 0
        let transport = try CurlTransport(configuration)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await transport.send(try Self.request(server)).status }
            await server.requestsArrived(1)
            let error = try await Self.error(of: try Self.request(server), over: transport)
            #expect(error.code == "TransportFull")
            #expect(error.phase == .notSent)
            server.answer(0, .text("ok"))
            let answer = try await group.next()
            #expect(answer == 200)
        }
    }

    @Test func `cancelling a task takes its request off the wire and lets the others be`() async throws {
        let server = try LocalHTTPServer { _ in .hold }
        let transport = try CurlTransport()
        await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            group.addTask { try await transport.send(try Self.request(server)) }
            await server.requestsArrived(1)
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        await server.connectionsClosed(1)
    }

    @Test func `a request of a cancelled task is never sent`() async throws {
        let server = try LocalHTTPServer { _ in .text("ok") }
        let transport = try CurlTransport()
        await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            group.cancelAll()
            group.addTask { try await transport.send(try Self.request(server)) }
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(try await transport.send(try Self.request(server)).status == 200)
        #expect(server.requests.count == 1)
    }

    @Test func `a waiting request that is cancelled ends at once`() async throws {
        let server = try LocalHTTPServer { _ in .hold }
        var configuration = TransportConfiguration()
        // What is held here waits for a test whose turn may be late.
        configuration.readTimeout = .seconds(600)
        configuration.maximumInFlight = 1
        let transport = try CurlTransport(configuration)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await transport.send(try Self.request(server)).status }
            await server.requestsArrived(1)
            // So often, because a cancellation may come before, while or after its request is handed over.
            for _ in 0..<200 {
                await withThrowingTaskGroup(of: HTTPResponse.self) { waiting in
                    for _ in 0..<5 { waiting.addTask { try await transport.send(try Self.request(server)) } }
                    waiting.cancelAll()
                    while let result = await waiting.nextResult() {
                        #expect(throws: CancellationError.self) { try result.get() }
                    }
                }
            }
            server.answer(0, .text("ok"))
            let answer = try await group.next()
            #expect(answer == 200)
        }
        #expect(server.requests.count == 1)
    }

    @Test func `a silent server ends in a read timeout`() async throws {
        let server = try LocalHTTPServer { _ in .hold }
        var configuration = TransportConfiguration()
        configuration.readTimeout = .milliseconds(50)
        let transport = try CurlTransport(configuration)
        let error = try await Self.error(of: try Self.request(server), over: transport)
        #expect(error.phase == .timedOut)
        #expect(error.code == "ReadTimeout")
        #expect(error.isRetryable)
    }

    @Test func `an answer in pieces is put together, and silence within it ends in a read timeout`() async throws {
        let server = try LocalHTTPServer { _ in
            .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na".utf8), closes: false)
        }
        let patient = try CurlTransport()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await patient.send(try Self.request(server)).body }
            await server.requestsArrived(1)
            for byte in "bcd".utf8 { server.answer(0, .raw([byte], closes: false)) }
            let answer = try await group.next()
            #expect(answer == Array("abcd".utf8))
        }
        var configuration = TransportConfiguration()
        configuration.readTimeout = .milliseconds(50)
        let hasty = try CurlTransport(configuration)
        #expect(try await Self.error(of: try Self.request(server), over: hasty).code == "ReadTimeout")
    }

    @Test func `a server that does not take the connection ends in a connect timeout`() async throws {
        // A listener whose queue is full lets no connection be made.
        let listener = try FullListener()
        defer { listener.close() }
        var configuration = TransportConfiguration()
        configuration.connectTimeout = .milliseconds(100)
        let transport = try CurlTransport(configuration)
        let request = HTTPRequest(.get, to: try HTTPOrigin("http://127.0.0.1:\(listener.port)"))
        let error = try await Self.error(of: request, over: transport)
        #expect(error.phase == .timedOut)
        #expect(error.code == "ConnectTimeout")
    }

    @Test(arguments: [
        ("drop", LocalHTTPServer.Answer.drop, AWSError.Phase.timedOut, "ConnectionClosed"),
        (
            "truncated", .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort".utf8), closes: true),
            .timedOut, "ConnectionClosed"
        ),
        (
            "half a header", .raw(Array("HTTP/1.1 200 OK\r\nContent-Le".utf8), closes: true), .timedOut,
            "ConnectionClosed"
        ),
        ("garbage", .raw(Array("\u{1}\u{2}garbage\r\n\r\n".utf8), closes: true), .unreadable, "InvalidResponse"),
        (
            "negative length", .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n".utf8), closes: true),
            .unreadable, "InvalidResponse"
        ),
    ])
    func `a broken answer is told by its kind`(
        _ name: String, _ answer: LocalHTTPServer.Answer, _ phase: AWSError.Phase, _ code: String
    ) async throws {
        let server = try LocalHTTPServer { _ in answer }
        let transport = try CurlTransport()
        let error = try await Self.error(of: try Self.request(server), over: transport)
        #expect(error.phase == phase)
        #expect(error.code == code)
    }

    @Test func `more bytes than the length says are not taken for the next answer`() async throws {
        let server = try LocalHTTPServer { request in
            request.index == 0
                ? .raw(
                    Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Wrong\r\n\r\n".utf8),
                    closes: false)
                : .text("second")
        }
        let transport = try CurlTransport()
        #expect(try await transport.send(try Self.request(server)).body == Array("ok".utf8))
        let second = try await transport.send(try Self.request(server))
        #expect(String(decoding: second.body, as: UTF8.self) == "second")
        #expect(second.status == 200)
    }

    @Test(arguments: [true, false])
    func `an answer above the largest size is refused`(_ hasLength: Bool) async throws {
        let body = String(repeating: "x", count: 2_001)
        let head = hasLength ? "Content-Length: 2001" : "Connection: close"
        let server = try LocalHTTPServer { request in
            request.target == "/small"
                ? .text(String(repeating: "x", count: 2_000))
                : .raw(Array("HTTP/1.1 200 OK\r\n\(head)\r\n\r\n\(body)".utf8), closes: !hasLength)
        }
        var configuration = TransportConfiguration()
        configuration.maximumResponseSize = 2_000
        let transport = try CurlTransport(configuration)
        let error = try await Self.error(of: try Self.request(server), over: transport)
        #expect(error.phase == .unreadable)
        #expect(error.code == "ResponseTooLarge")
        #expect(try await transport.send(try Self.request(server, path: "/small")).body.count == 2_000)
    }

    @Test func `a header above the largest size is refused`() async throws {
        let server = try LocalHTTPServer { _ in .text("ok", ["x-long": String(repeating: "h", count: 3_000)]) }
        var configuration = TransportConfiguration()
        configuration.maximumHeaderSize = 2_000
        let transport = try CurlTransport(configuration)
        #expect(try await Self.error(of: try Self.request(server), over: transport).code == "ResponseTooLarge")
    }

    @Test func `a refused connection and an unknown host are not sent`() async throws {
        let server = try LocalHTTPServer { _ in .drop }
        let request = try Self.request(server)
        server.stop()
        let closed = try FreePort()
        let transport = try CurlTransport()
        let refused = try await Self.error(
            of: HTTPRequest(.get, to: try HTTPOrigin("http://127.0.0.1:\(closed.number)")), over: transport)
        #expect(refused.phase == .notSent)
        #expect(refused.code == "ConnectionRefused")
        #expect(refused.isRetryable)
        #expect(request.origin.port == server.port)
        let unknown = try await Self.error(
            of: HTTPRequest(.get, to: try HTTPOrigin("http://no-such-host.invalid")), over: transport)
        #expect(unknown.phase == .notSent)
        #expect(unknown.code == "UnknownHost")
    }

    @Test func `redirects are not followed`() async throws {
        let server = try LocalHTTPServer { _ in .text("", status: 301, ["Location": "http://127.0.0.1:1/"]) }
        let transport = try CurlTransport()
        #expect(try await transport.send(try Self.request(server)).status == 301)
        #expect(server.requests.count == 1)
    }

    @Test func `a large body goes out at once, without asking for leave`() async throws {
        let server = try LocalHTTPServer { request in .text("\(request.body.count)") }
        let transport = try CurlTransport()
        let body = String(repeating: "b", count: 3 << 20)
        let response = try await transport.send(try Self.request(server, body: body))
        #expect(String(decoding: response.body, as: UTF8.self) == "\(3 << 20)")
        #expect(server.requests.first?.headers["expect"] == nil)
    }

    @Test func `shutting down fails what is under way and all that comes after`() async throws {
        let server = try LocalHTTPServer { _ in .hold }
        var configuration = TransportConfiguration()
        // What is held here waits for a test whose turn may be late.
        configuration.readTimeout = .seconds(600)
        configuration.maximumInFlight = 2
        let transport = try CurlTransport(configuration)
        await withTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        _ = try await transport.send(try Self.request(server))
                        return "answered"
                    } catch { return (error as? AWSError)?.code ?? "\(error)" }
                }
            }
            await server.requestsArrived(2)
            transport.shutdown()
            for await code in group { #expect(code == "TransportClosed") }
        }
        #expect(try await Self.error(of: try Self.request(server), over: transport).code == "TransportClosed")
        transport.shutdown()
        await server.connectionsClosed(2)
    }

    @Test func `a transport that nobody holds closes its connections`() async throws {
        let server = try LocalHTTPServer { _ in .text("ok") }
        do {
            let transport = try CurlTransport()
            _ = try await transport.send(try Self.request(server))
        }
        await server.connectionsClosed(1)
    }

    @Test func `many requests at once all come back with their own answer`() async throws {
        let server = try LocalHTTPServer { request in .text(request.text) }
        let transport = try CurlTransport()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<2_000 {
                group.addTask {
                    let response = try await transport.send(try Self.request(server, body: "number \(number)"))
                    return String(decoding: response.body, as: UTF8.self) == "number \(number)"
                }
            }
            for try await isOwn in group { #expect(isOwn) }
        }
        #expect(server.requests.count == 2_000)
        #expect(server.connectionCount <= 512)
    }
}
