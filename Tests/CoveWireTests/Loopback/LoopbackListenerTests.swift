// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import CoveWire
import Testing

/// Requests of processes on this machine, good and bad ones.
@Suite(.timeLimit(.minutes(5)))
struct LoopbackListenerTests {
    /// Calls `body` with the place of a listener that echoes what it was asked.
    private func listening(
        clock: LinkClock = .system, _ body: (LoopbackListener) async throws -> Void
    ) async throws {
        let listener = try await LoopbackListener.bind(clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await listener.run { request in
                    LoopbackAnswer(status: 200, body: Array("\(request.path) \(request.authorization ?? "none")".utf8))
                }
            }
            defer { group.cancelAll() }
            try await body(listener)
        }
    }

    private func place(_ listener: LoopbackListener) -> WirePlace { .tcp(host: "127.0.0.1", port: listener.port) }

    /// What is answered to bytes.
    private func answer(_ listener: LoopbackListener, _ text: String) async throws -> String {
        try await RawPeer.connected(to: place(listener)) { peer in
            try await peer.say(Array(text.utf8))
            return try await peer.text()
        }
    }

    private func status(_ listener: LoopbackListener, _ text: String) async throws -> Int {
        Int(try await answer(listener, text).split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    @Test func `a request is answered once, and the connection is over`() async throws {
        try await listening { listener in
            let answer = try await answer(
                listener, "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:\(listener.port)\r\nAuthorization: t0k\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n"))
            #expect(answer.contains("\r\nConnection: close\r\n") && answer.contains("\r\nCache-Control: no-store\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n/a?b t0k"))
        }
    }

    @Test func `bytes may come one by one`() async throws {
        try await listening { listener in
            let text = "GET / HTTP/1.1\r\nhost: localhost:\(listener.port)\r\n\r\n"
            try await RawPeer.connected(to: place(listener)) { peer in
                for byte in text.utf8 { try await peer.say([byte]) }
                #expect(try await peer.text().hasSuffix("/ none"))
            }
        }
    }

    @Test func `only the endpoint's own address is a host`() async throws {
        try await listening { listener in
            let hosts = [
                "Host: evil.example\r\n", "Host: evil.example:\(listener.port)\r\n", "Host: 127.0.0.1\r\n", "",
                "Host: 127.0.0.1:\(listener.port)\r\nHost: evil.example\r\n",
                "Host: 127.0.0.1:\(listener.port).evil.example\r\n",
            ]
            for host in hosts {
                let status = try await status(listener, "GET / HTTP/1.1\r\n\(host)\r\n")
                #expect(status == 403 || status == 400, "\(host)")
            }
        }
    }

    @Test func `what is no plain GET is refused`() async throws {
        try await listening { listener in
            let host = "Host: 127.0.0.1:\(listener.port)\r\n"
            let requests = [
                ("POST / HTTP/1.1\r\n\(host)Content-Length: 0\r\n\r\n", 405),
                ("GET / HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc", 413),
                ("no request\r\n\r\n", 400), ("GET / HTTP/9.9\r\n\(host)\r\n", 400),
            ]
            for (request, expected) in requests {
                let status = try await status(listener, request)
                #expect(status == expected, "\(request)")
            }
            // Two tokens are none.
            let two = try await answer(
                listener, "GET / HTTP/1.1\r\n\(host)Authorization: a\r\nAuthorization: b\r\n\r\n")
            #expect(two.hasSuffix("/ none"))
        }
    }

    @Test func `a request is bounded in its line, its fields and their number`() async throws {
        try await listening { listener in
            let host = "Host: 127.0.0.1:\(listener.port)\r\n"
            let long = String(repeating: "a", count: 20_000)
            let many = (0..<100).map { "X-\($0): 1\r\n" }.joined()
            for text in ["GET /\(long)", "GET / HTTP/1.1\r\n\(host)X: \(long)", "GET / HTTP/1.1\r\n\(host)\(many)\r\n"]
            {
                let status = try await status(listener, text)
                #expect([400, 431].contains(status))
            }
            let status = try await status(listener, "GET / HTTP/1.1\r\n\(host)\r\n")
            #expect(status == 200)
        }
    }

    @Test func `who says nothing is let go after a while`() async throws {
        let clock = ManualClock()
        try await listening(clock: clock.clock) { listener in
            try await RawPeer.connected(to: place(listener)) { peer in
                try await peer.say(Array("GET / HTTP/1.1\r\nX-Slow: ".utf8))
                await clock.sleeping()
                clock.advance(by: .seconds(6))
                #expect(try await peer.text() == "")
            }
        }
    }

    @Test func `who only takes the room has to make it`() async throws {
        let clock = ManualClock()
        try await listening(clock: clock.clock) { listener in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<200 {
                    group.addTask { try await RawPeer.connected(to: place(listener)) { try await $0.text() } }
                }
                // 128 of them are waited for, so the first of them were closed.
                let first = try await group.next()
                #expect(first == "")
                let request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(listener.port)\r\n\r\n"
                let status = try await status(listener, request)
                #expect(status == 200)
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        }
    }
}

extension RawPeer {
    /// Everything until the other end closes, as text.
    fileprivate mutating func text() async throws -> String {
        String(decoding: try await rest(), as: UTF8.self)
    }
}
