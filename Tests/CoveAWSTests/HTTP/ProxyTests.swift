// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Testing

@testable import CoveAWS

@Suite(.timeLimit(.minutes(5)))
struct ProxyTests {
    /// What urllib's `proxy_bypass` (Python 3.11) says of the same hosts and lists.
    @Test(arguments: [
        ("sts.amazonaws.com", "amazonaws.com", true),
        ("sts.amazonaws.com", ".amazonaws.com", true),
        ("sts.amazonaws.com", "STS.amazonaws.COM", true),
        ("sts.amazonaws.com", "azonaws.com", false),
        ("sts.amazonaws.com", "example.com, amazonaws.com", true),
        ("sts.amazonaws.com", "*", true),
        ("sts.amazonaws.com", "*,x", false),
        ("sts.amazonaws.com", "", false),
        ("sts.amazonaws.com", ",", false),
        ("127.0.0.1:4566", "127.0.0.1", true),
        ("127.0.0.1:4566", "127.0.0.1:4566", true),
        ("127.0.0.1:4566", "127.0.0.1:80", false),
        ("127.0.0.1:4566", "127.0.0.0/8", false),
    ])
    func `a list of exceptions is read as urllib reads it`(_ host: String, _ list: String, _ isDirect: Bool) throws {
        let selection = ProxySelection(http: "http://proxy:1", https: "http://proxy:2", noProxy: list)
        #expect((selection.proxy(for: try HTTPOrigin("https://\(host)")) == nil) == isDirect)
        #expect((selection.proxy(for: try HTTPOrigin("http://\(host)")) == nil) == isDirect)
    }

    @Test func `each scheme has its own proxy, and without one goes directly`() throws {
        let selection = ProxySelection(http: nil, https: "http://proxy:2")
        #expect(selection.proxy(for: try HTTPOrigin("https://a.example")) == "http://proxy:2")
        #expect(selection.proxy(for: try HTTPOrigin("http://a.example")) == nil)
    }

    @Test func `a plain request goes to the proxy with its whole URL`() async throws {
        let proxy = try LocalHTTPServer { _ in .text("by proxy") }
        var configuration = TransportConfiguration()
        configuration.proxies = ProxySelection(http: "http://user:word@127.0.0.1:\(proxy.port)", noProxy: "127.0.0.1")
        let transport = try CurlTransport(configuration)
        let request = HTTPRequest(.get, to: try HTTPOrigin("http://sts.example.invalid"))
        #expect(try await transport.send(request).body == Array("by proxy".utf8))
        #expect(proxy.requests.first?.target == "http://sts.example.invalid/")
        #expect(proxy.requests.first?.headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk")
        let direct = try LocalHTTPServer { _ in .text("directly") }
        #expect(
            try await transport.send(HTTPRequest(.get, to: try HTTPOrigin(direct.url))).body == Array("directly".utf8))
    }

    @Test func `a TLS request asks the proxy for a tunnel, and a refusal tells no password`() async throws {
        let proxy = try LocalHTTPServer { _ in .text("who are you", status: 407) }
        var configuration = TransportConfiguration()
        configuration.proxies = ProxySelection(https: "http://user:word@127.0.0.1:\(proxy.port)")
        let transport = try CurlTransport(configuration)
        let request = HTTPRequest(.get, to: try HTTPOrigin("https://sts.example.invalid"))
        let error = await #expect(throws: AWSError.self) { try await transport.send(request) }
        #expect(error?.phase == .notSent)
        #expect(error?.code == "ProxyRefused")
        #expect(error?.message.contains("word") == false)
        #expect(proxy.requests.first?.method == "CONNECT")
        #expect(proxy.requests.first?.target == "sts.example.invalid:443")
    }

    @Test func `a proxy that does not exist is told as such`() async throws {
        var configuration = TransportConfiguration()
        configuration.proxies = ProxySelection(http: "http://no-such-proxy.invalid:3128")
        let transport = try CurlTransport(configuration)
        let request = HTTPRequest(.get, to: try HTTPOrigin("http://127.0.0.1:1"))
        let error = await #expect(throws: AWSError.self) { try await transport.send(request) }
        #expect(error?.code == "UnknownProxy")
    }
}
