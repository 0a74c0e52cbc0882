// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import Foundation
import Glibc
import Testing

@testable import CoveWire

@Suite struct ControlSocketTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func scene(_ path: String) throws -> WireScene {
        var scene = try WireScene()
        scene.place = .unix(path: path)
        return scene
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    private func ask(_ running: WireScene.Running) async throws {
        try await running.connector(token: nil).clientLinks.withLink { link in
            await link.send(ClientMessage(id: 1, request: .runs))
            #expect(await link.receive() == ReplyMessage(id: 1, reply: .runs([])))
        }
    }

    @Test func `its owner reads and submits without a token, and nobody else can open it`() async throws {
        let path = folder.file("socket")
        let peers = Watched<[WirePeer]>([])
        var scene = try scene(path)
        scene.client = { link, peer in
            peers.update { $0.append(peer) }
            try await WireScene.answeringNothing(link, peer)
        }
        try await scene.listening { running in
            #expect(mode(path) == 0o600)
            try await ask(running)
        }
        #expect(peers.value.map(\.rights) == [[.submit, .read]])
        #expect(peers.value.map(\.address) == ["user \(geteuid())"])
    }

    @Test func `a worker does not join over it`() async throws {
        try await scene(folder.file("socket")).listening { running in
            let error = await #expect(throws: LinkError.self) {
                try await running.connector(token: nil).workerLinks.withLink { _ in }
            }
            #expect(error?.code == .refused)
        }
    }

    @Test func `a path may be longer than a socket's address`() async throws {
        let long = folder.file(String(repeating: "long ", count: 40) + "é")
        try FileManager.default.createDirectory(atPath: long, withIntermediateDirectories: false)
        try await scene(long + "/socket").listening { running in
            #expect(mode(long + "/socket") == 0o600)
            try await ask(running)
        }
        #expect(mode(long + "/socket") == 0)
        let name = String(repeating: "n", count: 200)
        let error = await #expect(throws: LinkError.self) {
            try await scene(folder.file(name)).listening { _ in }
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("too long") == true)
    }

    @Test func `the socket of a dead owner is replaced`() async throws {
        let path = folder.file("socket")
        let dead = try ControlSocket(path: path)
        close(try dead.bind())
        #expect(mode(path) == 0o600)
        try await scene(path).listening { running in
            try await ask(running)
            // It is no longer the one that the dead owner made.
            dead.remove()
            try await ask(running)
        }
        #expect(mode(path) == 0)
    }

    @Test func `the socket of an owner that lives is not replaced`() async throws {
        let path = folder.file("socket")
        try await scene(path).listening { running in
            let error = await #expect(throws: LinkError.self) { try await scene(path).listening { _ in } }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("another process listens there") == true)
            try await ask(running)
        }
    }

    @Test func `a file that is no socket is left alone`() async throws {
        let path = try folder.write("socket", "kept")
        let error = await #expect(throws: LinkError.self) { try await scene(path).listening { _ in } }
        #expect(error?.code == .configuration)
        #expect(try folder.text("socket") == "kept")
    }

    @Test func `its own user and root are admitted`() {
        #expect(ControlSocket.admits(geteuid()))
        #expect(ControlSocket.admits(0))
        #expect(!ControlSocket.admits(geteuid() &+ 4_711))
    }
}
