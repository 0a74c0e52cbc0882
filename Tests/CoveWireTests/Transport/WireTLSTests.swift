// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import NIOSSL
import Testing

@testable import CoveWire

@Suite struct WireTLSTests {
    private let folder: TestFolder
    private let authority: TestAuthority

    init() throws {
        folder = try TestFolder()
        authority = try TestAuthority(in: folder)
    }

    private var trust: WireTLS.Client { WireTLS.Client(ca: authority.certificate) }

    private func hello(_ connector: WireConnector) async throws {
        try await connector.workerLinks.withLink { link in
            await link.send(.hello(.sample))
            #expect(await link.receive() == .welcome(.sample))
        }
    }

    private func failure(_ connector: WireConnector) async throws -> LinkError {
        try #require(await #expect(throws: LinkError.self) { try await hello(connector) })
    }

    @Test(arguments: ["localhost", "127.0.0.1"]) func `a link within TLS, by a host's name and by its address`(
        host: String
    ) async throws {
        let scene = try WireScene(tls: try authority.server().serverTLS())
        try await scene.listening { running in try await hello(running.connector(tls: trust, host: host)) }
        #expect(scene.log.warnings.isEmpty)
    }

    @Test func `large messages pass through TLS`() async throws {
        let text = String(repeating: "x", count: 8 << 20)
        var scene = try WireScene(tls: try authority.server().serverTLS())
        scene.worker = { link, _ in
            await link.send(.goaway(Goaway(reason: text, retryMilliseconds: 0)))
            #expect(await link.receive() == .goodbye)
        }
        try await scene.listening { running in
            try await running.connector(tls: trust).workerLinks.withLink { link in
                #expect(await link.receive() == .goaway(Goaway(reason: text, retryMilliseconds: 0)))
                await link.send(.goodbye)
            }
        }
    }

    @Test func `a coordinator of an authority that is not trusted is not spoken to`() async throws {
        let other = try TestAuthority("Another authority", in: folder, file: "other")
        let scene = try WireScene(tls: try authority.server().serverTLS())
        try await scene.listening { running in
            for client in [WireTLS.Client(ca: other.certificate), WireTLS.Client()] {
                let error = try await failure(running.connector(tls: client))
                #expect(error.code == .tls)
                #expect(error.message.contains("issued by \"CN=Cove test authority\""))
                #expect(error.message.contains("--tls-ca"))
            }
        }
    }

    @Test func `a coordinator of another name is not spoken to`() async throws {
        let scene = try WireScene(tls: try authority.server(["one.example.com", "192.0.2.7", "::1"]).serverTLS())
        try await scene.listening { running in
            for host in ["localhost", "127.0.0.1"] {
                let error = try await failure(running.connector(tls: trust, host: host))
                #expect(error.code == .tls)
                #expect(error.message.contains("found one.example.com, 192.0.2.7, 0:0:0:0:0:0:0:1"))
            }
        }
    }

    @Test func `a certificate for the address alone is not one for the name that was looked up to it`() async throws {
        let scene = try WireScene(tls: try authority.server(["127.0.0.1", "::1"]).serverTLS())
        try await scene.listening { running in
            let error = try await failure(running.connector(tls: trust, host: "localhost"))
            #expect(error.code == .tls)
            #expect(error.message.contains("is for another host: found 127.0.0.1, 0:0:0:0:0:0:0:1"))
        }
    }

    @Test(arguments: [
        ("localhost", "localhost", true), ("LocalHost", "localhost", true), ("localhost", "localhost.", true),
        ("*.example.com", "a.example.com", true), ("*.example.com", "a.b.example.com", false),
        ("*.example.com", "example.com", false), ("*", "localhost", false), ("a.example.com", "example.com", false),
    ])
    func `a name in a certificate is for one host, or for those of one domain`(
        known: String, host: String, isFor: Bool
    ) throws {
        let file = try authority.server([known, "127.0.0.1"]).certificate
        let certificate = try #require(try NIOSSLCertificate.fromPEMFile(file).first)
        #expect(PeerCertificate(certificate)?.isFor(name: host) == isFor)
    }

    @Test(arguments: [
        (TestAuthority.Validity.expired, "it expired at"), (.future, "it is not valid before"),
    ])
    func `a coordinator whose certificate does not hold now is not spoken to`(
        validity: TestAuthority.Validity, words: String
    ) async throws {
        let scene = try WireScene(tls: try authority.server(validity: validity).serverTLS())
        try await scene.listening { running in
            let error = try await failure(running.connector(tls: trust))
            #expect(error.code == .tls)
            #expect(error.message.contains(words))
        }
    }

    @Test func `a coordinator without TLS is said to be one`() async throws {
        try await WireScene().listening { running in
            let error = try await failure(running.connector(tls: trust))
            #expect(error.code == .tls)
            #expect(error.message.contains("does not speak TLS"))
        }
    }

    @Test func `a peer without TLS is told that the coordinator speaks it`() async throws {
        let clock = ManualClock(wall: LinkClock.system.wall())
        let scene = try WireScene(tls: try authority.server().serverTLS(), limits: .init(), clock: clock.clock)
        try await scene.listening { running in
            async let failed = failure(running.connector())
            await clock.sleeping()
            clock.advance(by: .seconds(5))
            let error = try await failed
            #expect(error.isTransient == false)
            #expect(error.message.contains("this coordinator speaks TLS"))
            try await RawPeer.connected(to: running.place) { peer in
                try await peer.say("{}")
                let peerFrames = try await peer.frames()
                #expect(peerFrames.first?.contains("this coordinator speaks TLS") == true)
            }
        }
    }

    @Test(arguments: [
        (["cove:join"], Rights.join), (["cove:join", "cove:read"], Rights([.join, .read])),
        (["cove:join", "cove:other", "https://example.com/cove:submit"], Rights.join),
    ])
    func `a certificate gives the rights that its names say`(uris: [String], rights: Rights) async throws {
        let own = try authority.client(uris, name: "worker 7")
        let peers = Watched<[WirePeer]>([])
        var scene = try WireScene(tls: try authority.server().serverTLS(clientCA: authority.certificate))
        scene.worker = { link, peer in
            peers.update { $0.append(peer) }
            try await WireScene.answering(link, peer)
        }
        try await scene.listening { running in
            let tls = WireTLS.Client(ca: authority.certificate, certificate: own.certificate, key: own.key)
            try await hello(running.connector(token: nil, tls: tls))
        }
        #expect(peers.value.map(\.rights) == [rights])
        #expect(peers.value.map(\.certificateName) == ["worker 7"])
    }

    @Test func `a certificate without the role's right does not let in`() async throws {
        let own = try authority.client(["cove:read"])
        let scene = try WireScene(tls: try authority.server().serverTLS(clientCA: authority.certificate))
        try await scene.listening { running in
            let tls = WireTLS.Client(ca: authority.certificate, certificate: own.certificate, key: own.key)
            let refused = try await failure(running.connector(token: nil, tls: tls))
            #expect(refused.code == .refused)
        }
    }

    @Test func `where certificates are taken a token does as well`() async throws {
        let scene = try WireScene(tls: try authority.server().serverTLS(clientCA: authority.certificate))
        try await scene.listening { running in
            try await hello(running.connector(tls: trust))
            let refused = try await failure(running.connector(token: nil, tls: trust))
            #expect(refused.code == .refused)
        }
    }

    @Test func `a certificate that is shown and does not hold lets nobody in, with a token or without`() async throws {
        let other = try TestAuthority("Another authority", in: folder, file: "other")
        let cases = [
            (
                try authority.client(["cove:join"], validity: .expired, file: "expired"),
                "it has expired, or does not hold yet"
            ),
            (
                try authority.client(["cove:join"], validity: .future, file: "future"),
                "it has expired, or does not hold yet"
            ),
            (try other.client(["cove:join"], file: "foreign"), "it is of an authority that is not known there"),
            // For a coordinator, not for a peer.
            (try authority.server(), "it is not valid there"),
        ]
        let scene = try WireScene(tls: try authority.server(file: "own").serverTLS(clientCA: authority.certificate))
        try await scene.listening { running in
            for (own, words) in cases {
                let tls = WireTLS.Client(ca: authority.certificate, certificate: own.certificate, key: own.key)
                let error = try await failure(running.connector(tls: tls))
                #expect(error.code == .tls)
                #expect(error.message.contains("does not take the certificate that was shown to it: \(words)"))
            }
        }
        #expect(scene.log.warnings.allSatisfy { $0.message == "a peer could not be let in" })
        #expect(!scene.log.warnings.isEmpty)
    }

    @Test func `a certificate is not asked for where none is taken`() async throws {
        let own = try authority.client(["cove:join"])
        let scene = try WireScene(tls: try authority.server().serverTLS())
        try await scene.listening { running in
            let tls = WireTLS.Client(ca: authority.certificate, certificate: own.certificate, key: own.key)
            let refused = try await failure(running.connector(token: nil, tls: tls))
            #expect(refused.code == .refused)
        }
    }

    // MARK: Files

    @Test func `renewed files are used without a restart`() async throws {
        let clock = ManualClock(wall: LinkClock.system.wall())
        let scene = try WireScene(tls: try authority.server(validity: .expired).serverTLS(), clock: clock.clock)
        try await scene.listening { running in
            let connector = running.connector(tls: trust)
            let refused = try await failure(connector)
            #expect(refused.code == .tls)
            _ = try authority.server()
            clock.advance(by: .seconds(1))
            try await hello(connector)
        }
    }

    @Test func `changed files that cannot be used leave the certificate as it was`() async throws {
        let clock = ManualClock(wall: LinkClock.system.wall())
        let scene = try WireScene(tls: try authority.server().serverTLS(), clock: clock.clock)
        try await scene.listening { running in
            let connector = running.connector(tls: trust)
            try folder.write("server.pem", "-----BEGIN CERTIFICATE-----\n")
            for _ in 1...2 {
                clock.advance(by: .seconds(1))
                try await hello(connector)
            }
            #expect(
                scene.log.warnings.map(\.message) == [
                    "changed files cannot be used; what was in them before stays in use"
                ])
            #expect(scene.log.warnings.first?.metadata["error"]?.contains("server.pem") == true)
            _ = try authority.server()
            clock.advance(by: .seconds(1))
            try await hello(connector)
            #expect(scene.log.warnings.count == 1)
        }
    }

    @Test(arguments: [(0o644, 1), (0o640, 0)])
    func `a private key that everybody can read is warned of`(_ mode: Int, warnings: Int) async throws {
        let own = try authority.server()
        try folder.write("open-key.pem", try folder.text("server-key.pem"), mode: mode)
        let scene = try WireScene(
            tls: WireTLS.Server(certificate: own.certificate, key: folder.file("open-key.pem")))
        try await scene.listening { running in try await hello(running.connector(tls: trust)) }
        #expect(scene.log.warnings.count == warnings)
        for warning in scene.log.warnings {
            #expect(warning.message == "everybody on this host can read the private key")
            #expect(warning.metadata["file"] == folder.file("open-key.pem"))
        }
    }

    @Test func `files that cannot be used are wrong settings, with their paths`() async throws {
        let own = try authority.server()
        let other = try authority.server(file: "other-server")
        let empty = try folder.write("empty.pem", "")
        let cases: [(WireTLS.Server, String)] = [
            (
                .init(certificate: folder.file("none.pem"), key: own.key),
                "--tls-certificate: cannot read \(folder.file("none.pem")): No such file"
            ),
            (.init(certificate: empty, key: own.key), "--tls-certificate: found no certificate in \(empty)"),
            (.init(certificate: own.certificate, key: folder.path), "--tls-key: \(folder.path) is not a file"),
            (
                .init(certificate: own.certificate, key: own.certificate),
                "--tls-key: found no private key in \(own.certificate)"
            ),
            (
                .init(certificate: own.certificate, key: other.key),
                "--tls-key is not the private key of --tls-certificate"
            ),
            (own.serverTLS(clientCA: empty), "--tls-client-ca: found no certificate in \(empty)"),
        ]
        for (tls, words) in cases {
            let scene = try WireScene(tls: tls)
            let error = await #expect(throws: LinkError.self) {
                try await WireListener.bind(scene.place, scene.configuration, logger: scene.log.logger)
            }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        let scene = try WireScene(tls: own.serverTLS())
        try await scene.listening { running in
            for tls in [
                WireTLS.Client(ca: folder.file("none.pem")), .init(certificate: own.certificate), .init(key: own.key),
            ] {
                let refused = try await failure(running.connector(tls: tls))
                #expect(refused.code == .configuration)
            }
        }
    }
}
