// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Glibc
import Logging
import NIOCore
import NIOPosix
import Testing

@Suite struct WireConnectorTests {
    private let log = LogRecorder()

    private func connector(
        _ place: WirePlace, tls: WireTLS.Client? = nil, token: String? = nil, connectLimit: Duration = .seconds(10),
        clock: LinkClock = .system
    ) -> WireConnector {
        WireConnector(
            place: place, tls: tls, token: token, program: "0.1.0", logger: log.logger, connectLimit: connectLimit,
            clock: clock)
    }

    private func failure(_ connector: WireConnector) async throws -> LinkError {
        try #require(await #expect(throws: LinkError.self) { try await connector.workerLinks.withLink { _ in } })
    }

    /// A socket that listens and never takes a connection.
    private func silentListener(backlog: Int32 = 16) throws -> (descriptor: Int32, place: WirePlace) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #expect(bind(descriptor, address, length) == 0)
                #expect(listen(descriptor, backlog) == 0)
                #expect(getsockname(descriptor, address, &length) == 0)
            }
        }
        return (descriptor, .tcp(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port))))
    }

    @Test func `nobody listening is said as such`() async throws {
        let (descriptor, place) = try silentListener()
        close(descriptor)
        let error = try await failure(connector(place))
        #expect(error.code == .unreachable)
        #expect(error.message.contains("nothing listens at \(place)"))
    }

    @Test func `a host that is not known is said as such`() async throws {
        let place = WirePlace.tcp(host: "no-such-host.invalid", port: 1)
        let error = try await failure(connector(place, tls: WireTLS.Client()))
        #expect(error.code == .unreachable)
        #expect(error.message.contains("the host no-such-host.invalid was not found"))
    }

    @Test func `a host that does not answer is given up`() async throws {
        let (descriptor, place) = try silentListener(backlog: 0)
        defer { close(descriptor) }
        // One connection fills the queue; the system ignores those after it.
        try await RawPeer.connected(to: place) { _ in
            let error = try await failure(connector(place, connectLimit: .milliseconds(1_001)))
            #expect(error.code == .unreachable)
            #expect(error.message.contains("\(place) did not answer within 1 s"))
        }
    }

    @Test func `who is connected and says nothing is given up`() async throws {
        let (descriptor, place) = try silentListener()
        defer { close(descriptor) }
        let clock = ManualClock()
        let connector = connector(place, clock: clock.clock)
        async let failed = failure(connector)
        await clock.sleeping()
        clock.advance(by: .seconds(10))
        #expect(try await failed.code == .timedOut)
    }

    @Test func `waiting for a coordinator ends with its task`() async throws {
        let (descriptor, place) = try silentListener()
        defer { close(descriptor) }
        let clock = ManualClock()
        let connector = connector(place, clock: clock.clock)
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) { try await connector.workerLinks.withLink { _ in } }
            }
            await clock.sleeping()
            group.cancelAll()
        }
    }

    @Test func `a socket that is not there is said as such`() async throws {
        let folder = try TestFolder()
        let error = try await failure(connector(.unix(path: folder.file("socket"))))
        #expect(error.code == .unreachable)
        #expect(error.message.contains("nothing listens at \(folder.file("socket"))"))
        let nowhere = try await failure(connector(.unix(path: folder.file("a/socket"))))
        #expect(nowhere.code == .configuration)
        #expect(nowhere.message.contains("\(folder.path)/a"))
    }

    @Test func `others than this machine are not connected to without TLS`() async throws {
        let error = try await failure(connector(.tcp(host: "192.0.2.1", port: 1), token: "t"))
        #expect(error.code == .configuration)
        #expect(error.message.contains("192.0.2.1:1 without TLS"))
    }

    @Test func `a token that is none is a wrong setting, and is not repeated`() async throws {
        let error = try await failure(connector(.tcp(host: "127.0.0.1", port: 1), token: "secret words\n"))
        #expect(error.code == .configuration)
        #expect(!error.message.contains("secret"))
    }

    @Test func `a token that is not known is refused with words`() async throws {
        try await WireScene().listening { running in
            let error = try await failure(running.connector(token: "another"))
            #expect(error.code == .refused)
            #expect(error.message.contains("token that was shown is none"))
        }
    }

    @Test func `a token of another role is refused`() async throws {
        try await WireScene().listening { running in
            let refused = try await failure(running.connector(token: WireScene.read))
            #expect(refused.code == .refused)
            let error = await #expect(throws: LinkError.self) {
                try await running.connector(token: WireScene.join).clientLinks.withLink { _ in }
            }
            #expect(error?.code == .refused)
        }
    }

    @Test func `no room now is no reason to give up`() async throws {
        try await WireScene(connections: 1).listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                try await peer.introduce()
                let error = try await failure(running.connector())
                #expect(error.isTransient)
                #expect(error.message.contains("as many links as it can take"))
            }
        }
    }

    @Test func `an error of the body is thrown as it is`() async throws {
        struct Failed: Error {}
        try await WireScene().listening { running in
            _ = await #expect(throws: Failed.self) {
                try await running.connector().workerLinks.withLink { _ in throw Failed() }
            }
        }
    }
}
