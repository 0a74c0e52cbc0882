// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import CoveKit

/// Certificates in real TLS handshakes over loopback, by the rules of BoringSSL.
@Suite struct CertificateHandshakeTests {
    private let place: TemporaryFolder
    private let folder: CertificateFolder

    init() throws {
        place = try TemporaryFolder()
        folder = CertificateFolder(place.file("tls"))
        let now = LinkClock.system.wall()
        _ = try folder.makeAuthority(days: 1, replaces: false, now: now)
        for holder in [CertificateHolder.coordinator([.name("localhost")], firstName: "localhost"), .worker("w")] {
            _ = try folder.makeIdentity(for: holder, days: 1, replaces: false, now: now)
        }
    }

    private func configuration(_ files: IdentityFiles?, _ base: TLSConfiguration, ca: String) throws -> NIOSSLContext {
        var configuration = base
        if let files {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(files.certificate).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))
        }
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(ca))
        return try NIOSSLContext(configuration: configuration)
    }

    /// Whether the client gets an answer from a server that asks for certificates, when both trust `folder`'s authority.
    private func handshake(
        server: String = "coordinator", client: String?, as host: String = "localhost", trusting ca: String? = nil
    ) async throws -> Bool {
        let files = folder.files(of: server)
        var settings = TLSConfiguration.makeServerConfiguration(
            certificateChain: [], privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
        settings.certificateVerification = .noHostnameVerification
        let serverContext = try configuration(files, settings, ca: folder.authority)
        let clientContext = try configuration(
            client.map { folder.files(of: $0) }, .makeClientConfiguration(), ca: ca ?? folder.authority)
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: serverContext))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let port = try #require(listener.channel.localAddress?.port)
        return await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await listener.executeThenClose { connections in
                    for try await connection in connections {
                        // What was said is said again, until the client has gone.
                        try? await connection.executeThenClose { inbound, outbound in
                            for try await bytes in inbound { try await outbound.write(bytes) }
                        }
                    }
                }
            }
            defer { tasks.cancelAll() }
            do {
                let channel = try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: port) {
                    channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(
                                context: clientContext, serverHostname: host == "127.0.0.1" ? nil : host))
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
                return try await channel.executeThenClose { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: "hello"))
                    for try await bytes in inbound { return bytes == ByteBuffer(string: "hello") }
                    return false
                }
            } catch {
                return false
            }
        }
    }

    @Test func `coordinator and worker know each other`() async throws {
        #expect(try await handshake(client: "worker-w"))
    }

    @Test func `the coordinator is known by no other name`() async throws {
        #expect(try await !handshake(client: "worker-w", as: "other.example.org"))
        #expect(try await !handshake(client: "worker-w", as: "127.0.0.1"))
    }

    @Test func `the coordinator is known by its address`() async throws {
        _ = try folder.makeIdentity(
            for: .coordinator([.address([127, 0, 0, 1])], firstName: "127.0.0.1"), days: 1, replaces: true,
            now: LinkClock.system.wall())
        #expect(try await handshake(client: "worker-w", as: "127.0.0.1"))
    }

    @Test func `nobody can be a coordinator with a worker's certificate, nor without one where it is asked for`()
        async throws
    {
        #expect(try await !handshake(server: "worker-w", client: "worker-w"))
        #expect(try await !handshake(client: nil))
    }

    @Test func `certificates of another authority are not trusted`() async throws {
        let other = CertificateFolder(place.file("other"))
        _ = try other.makeAuthority(days: 1, replaces: false, now: LinkClock.system.wall())
        #expect(try await !handshake(client: "worker-w", trusting: other.authority))
    }
}
