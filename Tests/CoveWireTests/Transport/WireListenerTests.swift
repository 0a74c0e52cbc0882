// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import NIOCore
import NIOPosix
import Testing

@Suite struct WireListenerTests {
    @Test func `a port that is taken is said to be taken`() async throws {
        let scene = try WireScene()
        try await scene.listening { running in
            let error = await #expect(throws: LinkError.self) {
                try await WireListener.bind(running.place, scene.configuration, logger: scene.log.logger)
            }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("\(running.place): another process listens there") == true)
        }
    }

    @Test(arguments: [
        ("192.0.2.1:0", "this machine does not have that address"), ("no-such-host.invalid:0", "is not known"),
    ])
    func `an address that cannot be listened at is a wrong setting`(text: String, message: String) async throws {
        let folder = try TestFolder()
        let scene = try WireScene(tls: try TestAuthority(in: folder).server().serverTLS())
        let error = await #expect(throws: LinkError.self) {
            try await WireListener.bind(WirePlace(text), scene.configuration, logger: scene.log.logger)
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains(message) == true)
    }

    @Test func `others than this machine are not listened to without TLS`() async throws {
        let scene = try WireScene()
        let error = await #expect(throws: LinkError.self) {
            try await WireListener.bind(WirePlace("0.0.0.0:0"), scene.configuration, logger: scene.log.logger)
        }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("without TLS") == true)
    }

    @Test(arguments: [PeerRole.worker, .client]) func `an error of a handler ends the listener`(role: PeerRole)
        async throws
    {
        struct Failed: Error {}
        var scene = try WireScene()
        scene.worker = { _, _ in throw Failed() }
        scene.client = { _, _ in throw Failed() }
        let fixed = scene
        await #expect(throws: Failed.self) {
            try await fixed.listening { running in
                try await RawPeer.connected(to: running.place) { peer in
                    try await peer.introduce(as: role, token: role == .worker ? WireScene.join : WireScene.read)
                    _ = try await peer.frames()
                }
            }
        }
    }

    @Test func `connections beyond the limit are told that there is no room`() async throws {
        let scene = try WireScene(connections: 2)
        try await scene.listening { running in
            let place = running.place
            try await running.connector().workerLinks.withLink { first in
                try await RawPeer.connected(to: place) { second in
                    try await second.introduce()
                    try await RawPeer.connected(to: place) { third in
                        let frames = try await third.frames()
                        #expect(frames.count == 1)
                        #expect(frames.first?.contains("\"busy\"") == true)
                    }
                }
                await first.send(.hello(.sample))
                #expect(await first.receive() == .welcome(.sample))
            }
        }
    }

    @Test func `who has shown no token takes no room from those who have`() async throws {
        let scene = try WireScene(unauthenticated: 1)
        try await scene.listening { running in
            let place = running.place
            try await RawPeer.connected(to: place) { friend in
                try await friend.introduce()
                try await RawPeer.connected(to: place) { stranger in
                    #expect(try await stranger.frame()?.contains("\"greeting\"") == true)
                    try await RawPeer.connected(to: place) { other in
                        #expect(try await other.frame()?.contains("\"greeting\"") == true)
                        // The one that had its time has to go.
                        let rest = try await stranger.frames()
                        #expect(rest.isEmpty)
                        try await other.say(#"{"type":"heartbeat"}"#)
                        let refusal = try await other.frames()
                        #expect(refusal.count == 1)
                    }
                }
                try await friend.say(#"{"type":"heartbeat","number":3,"isDraining":false}"#)
                #expect(try await friend.frame()?.contains("\"renewal\"") == true)
            }
        }
    }

    @Test func `a peer that does not introduce itself in time is refused, however much it says`() async throws {
        let clock = ManualClock()
        try await WireScene(limits: .init(), clock: clock.clock).listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                #expect(try await peer.frame()?.contains("\"greeting\"") == true)
                try await peer.say([0, 0, 1])
                await clock.sleeping()
                clock.advance(by: .seconds(10))
                let frames = try await peer.frames()
                #expect(frames.count == 1)
                #expect(frames.first?.contains("\"timedOut\"") == true)
            }
        }
    }

    @Test func `the time of TLS counts as well, and a peer that never begins it is refused`() async throws {
        let folder = try TestFolder()
        let clock = ManualClock(wall: LinkClock.system.wall())
        let tls = try TestAuthority(in: folder).server().serverTLS()
        try await WireScene(tls: tls, limits: .init(), clock: clock.clock).listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                // The beginning of a TLS record, and nothing more.
                try await peer.say([0x16, 0x03, 0x01, 0x02, 0x00])
                await clock.advance(by: .seconds(5), times: 1)
                await clock.sleeping()
                clock.advance(by: .seconds(5))
                // An alert of TLS, perhaps, and the end.
                #expect(try await peer.skip(1_000) < 1_000)
            }
        }
    }

    @Test func `a frame over 64 KiB is refused before it is read, from one who was not let in`() async throws {
        try await WireScene().listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                #expect(try await peer.frame()?.contains("\"greeting\"") == true)
                try await peer.say([0, 1, 0, 1])
                let frames = try await peer.frames()
                #expect(frames.count == 1)
                #expect(frames.first?.contains("\"tooLarge\"") == true)
            }
        }
    }

    @Test func `garbage of all kinds leaves the listener as it was`() async throws {
        var generator = SeededGenerator(seed: 20_261_120)
        let pieces: [[UInt8]] = (0..<64).map { number in
            let count = Int.random(in: 1...200_000, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if number % 2 == 0 {
                bytes.replaceSubrange(0..<min(2, count), with: [UInt8](repeating: 0, count: min(2, count)))
            }
            return bytes
        }
        let scene = try WireScene()
        try await scene.listening { running in
            let place = running.place
            try await withThrowingTaskGroup(of: Void.self) { group in
                for bytes in pieces {
                    group.addTask {
                        try await RawPeer.connected(to: place) { peer in
                            try? await peer.say(bytes)
                            peer.finish()
                            _ = try await peer.frames()
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await running.connector().workerLinks.withLink { link in
                await link.send(.hello(.sample))
                #expect(await link.receive() == .welcome(.sample))
            }
        }
        // That there are too many is worth a line; garbage is not.
        #expect(scene.log.warnings.allSatisfy { $0.metadata["error"]?.hasPrefix("busy") == true })
    }

    @Test func `tokens do not reach the log`() async throws {
        let scene = try WireScene()
        try await scene.listening { running in
            await #expect(throws: LinkError.self) {
                try await running.connector(token: "wrong-\(WireScene.join)").workerLinks.withLink { _ in }
            }
            try await running.connector().workerLinks.withLink { _ in }
        }
        #expect(scene.log.warnings.map(\.message) == ["a peer was refused"])
        #expect(scene.log.warnings.first?.metadata["peer"]?.hasPrefix("127.0.0.1:") == true)
        for line in scene.log.lines {
            #expect(!line.message.contains("token-of-the-tests"))
            #expect(!line.metadata.values.contains { $0.contains("token-of-the-tests") })
        }
    }
}
