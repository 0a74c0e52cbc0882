// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@Suite struct WireLinkTests {
    private static func report(_ bytes: Int) -> WorkerMessage {
        .report([
            AttemptReport(
                token: LeaseToken(task: TaskID(1), epoch: 1, generation: 1),
                outcome: .succeeded(JSONText(string: String(repeating: "x", count: bytes))),
                startedAt: Timestamp(milliseconds: 1_800_000_000_000), durationMilliseconds: 1)
        ])
    }

    @Test func `a worker and the coordinator hear what the other says, in order`() async throws {
        let peers = Watched<[WirePeer]>([])
        var scene = try WireScene()
        scene.worker = { link, peer in
            peers.update { $0.append(peer) }
            try await WireScene.answering(link, peer)
        }
        try await scene.listening { running in
            try await running.connector().workerLinks.withLink { link in
                #expect(await link.send(.hello(.sample)))
                for number in 1...100 { #expect(await link.send(.heartbeat(Heartbeat(number: Int64(number))))) }
                #expect(await link.receive() == .welcome(.sample))
                for number in 1...100 { #expect(await link.receive() == .renewal(Renewal(number: Int64(number)))) }
            }
        }
        let peer = try #require(peers.value.first)
        #expect(peer.role == .worker)
        #expect(peer.rights == .join)
        #expect(peer.address.hasPrefix("127.0.0.1:"))
        #expect(peer.certificateName == nil)
        #expect(peer.program == "0.1.0")
        #expect(scene.log.warnings.isEmpty)
    }

    @Test(arguments: [(WireScene.read, Rights.read), (WireScene.submit, .submit)])
    func `a client's link carries requests and replies`(token: String, rights: Rights) async throws {
        let found = Watched<Rights?>(nil)
        var scene = try WireScene()
        scene.client = { link, peer in
            found.update { $0 = peer.rights }
            try await WireScene.answeringNothing(link, peer)
        }
        try await scene.listening { running in
            try await running.connector(token: token).clientLinks.withLink { link in
                #expect(await link.send(ClientMessage(id: 7, request: .runs)))
                #expect(await link.receive() == ReplyMessage(id: 7, reply: .runs([])))
            }
        }
        #expect(found.value == rights)
    }

    @Test func `what was said before the link is closed arrives`() async throws {
        let heard = Watched<[WorkerMessage]>([])
        var scene = try WireScene()
        scene.worker = { link, _ in while let message = await link.receive() { heard.update { $0.append(message) } } }
        try await scene.listening { running in
            try await running.connector().workerLinks.withLink { link in
                #expect(await link.send(Self.report(3 << 20)))
                #expect(await link.send(.goodbye))
                link.close()
                #expect(await link.send(.goodbye) == false)
                #expect(await link.receive() == nil)
            }
            await heard.until { $0.count == 2 }
        }
        #expect(heard.value == [Self.report(3 << 20), .goodbye])
    }

    @Test func `the end of the coordinator's handler ends the worker's link`() async throws {
        var scene = try WireScene()
        scene.worker = { link, _ in await link.send(.drain) }
        try await scene.listening { running in
            try await running.connector().workerLinks.withLink { link in
                #expect(await link.receive() == .drain)
                #expect(await link.receive() == nil)
                #expect(await link.send(.goodbye) == false)
            }
        }
    }

    @Test func `the end of the listener ends its links`() async throws {
        let scene = try WireScene()
        let ended = Watched(false)
        let met = Watched(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await scene.listening { running in
                group.addTask {
                    try await running.connector().workerLinks.withLink { link in
                        met.open()
                        #expect(await link.receive() == nil)
                        ended.open()
                    }
                }
                await met.opened()
            }
            try await group.waitForAll()
        }
        #expect(ended.value)
    }

    @Test func `large messages travel in chunks, both ways at once, while heartbeats pass`() async throws {
        let large = Self.report(3 << 20)
        let goaway = CoordinatorMessage.goaway(
            Goaway(reason: String(repeating: "x", count: 3 << 20), retryMilliseconds: 0))
        var scene = try WireScene()
        scene.worker = { link, _ in
            await withTaskGroup { group in
                group.addTask { #expect(await link.send(goaway)) }
                while let message = await link.receive() {
                    if case .heartbeat(let heartbeat) = message {
                        await link.send(.renewal(Renewal(number: heartbeat.number)))
                    } else {
                        #expect(message == large)
                        await link.send(.drain)
                    }
                }
            }
        }
        try await scene.listening { running in
            try await running.connector().workerLinks.withLink { link in
                await withTaskGroup { group in
                    group.addTask { #expect(await link.send(large)) }
                    await link.send(.heartbeat(Heartbeat(number: 1)))
                    var last: Int64 = 0
                    var isDraining = false
                    var isLeaving = false
                    while !isDraining || !isLeaving, let message = await link.receive() {
                        switch message {
                        case .renewal(let renewal):
                            last = renewal.number
                            await link.send(.heartbeat(Heartbeat(number: last + 1)))
                        case .drain: isDraining = true
                        default:
                            #expect(message == goaway)
                            isLeaving = true
                        }
                    }
                    // Each beat is answered before the next one.
                    #expect(last >= 1)
                }
            }
        }
        #expect(scene.log.warnings.isEmpty)
    }

    @Test func `a heartbeat passes a long message that waits for its reader`() async throws {
        let isRead = Watched(false)
        var scene = try WireScene()
        scene.worker = { link, _ in
            await withTaskGroup { group in
                group.addTask {
                    await link.send(
                        .goaway(Goaway(reason: String(repeating: "x", count: 16 << 20), retryMilliseconds: 0)))
                }
                await isRead.opened()
                await link.send(.renewal(Renewal(number: 5)))
                await group.waitForAll()
            }
        }
        try await scene.listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                try await peer.introduce()
                // The chunks fill the sockets' buffers; the renewal comes to a sender that waits.
                #expect(try await peer.frame()?.contains("\"chunk\"") == true)
                isRead.open()
                var types: [String] = []
                while let frame = try await peer.frame() {
                    if frame.contains("\"renewal\"") { types.append("renewal") }
                    if frame.contains("\"last\":true") { types.append("last") }
                }
                #expect(types == ["renewal", "last"])
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `a peer that reads nothing stops its own link, and no other`() async throws {
        let sent = Watched(0)
        let line = String(repeating: "x", count: 64 << 10)
        let folder = try TestFolder()
        var scene = try WireScene()
        // Not TCP, which gives a peer up that reads nothing for half a minute, as a busy machine may take here.
        scene.place = .unix(path: folder.file("socket"))
        scene.client = { link, peer in
            guard peer.program == "raw" else { return try await WireScene.answeringNothing(link, peer) }
            // 64 MiB, if nothing held it up.
            for number in 0..<1_024 {
                let failure = RequestFailure(.unavailable, [line])
                guard await link.send(ReplyMessage(id: Int64(number), reply: .failure(failure))) else { return }
                sent.increment()
            }
        }
        try await scene.listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                try await peer.introduce(as: .client, token: WireScene.read)
                await sent.until { $0 > 2 }
                try await running.connector(token: nil).clientLinks.withLink { link in
                    for number in 1...5 {
                        #expect(await link.send(ClientMessage(id: Int64(number), request: .runs)))
                        #expect(await link.receive()?.id == Int64(number))
                    }
                }
                // What fits into the sockets' buffers on both sides, and the window.
                let held = sent.value
                #expect(held < 128)
                // When it reads, it goes on.
                let wanted = held << 16 + 1 << 20
                let read = try await peer.skip(wanted)
                #expect(read >= wanted && sent.value > held)
            }
        }
    }

    @Test func `a message that is not known is answered and skipped`() async throws {
        try await WireScene().listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                try await peer.introduce()
                try await peer.say(#"{"type":"tomorrow","x":1}"#)
                #expect(try await peer.frame()?.contains("\"unknownType\"") == true)
                try await peer.say(#"{"type":"heartbeat","number":3,"isDraining":false}"#)
                #expect(try await peer.frame()?.contains("\"renewal\"") == true)
            }
        }
    }

    @Test(arguments: [
        (Array("\u{0}\u{0}\u{0}\u{2}{]".utf8), "malformed"), ([0, 0x10, 0, 1], "tooLarge"),
        ([0, 0, 0, 0], "malformed"),
        ([0, 0, 0, 3, 0x22, 0xFF, 0x22], "malformed"),
    ])
    func `what breaks the protocol is refused, and the link closed`(bytes: [UInt8], code: String) async throws {
        let scene = try WireScene()
        try await scene.listening { running in
            try await RawPeer.connected(to: running.place) { peer in
                try await peer.introduce()
                try await peer.say(bytes)
                let frames = try await peer.frames()
                #expect(frames.count == 1)
                #expect(frames.first?.contains("\"refusal\"") == true)
                #expect(frames.first?.contains("\"\(code)\"") == true)
            }
        }
        #expect(scene.log.warnings.map(\.message) == ["the other end broke the protocol"])
    }

    @Test func `a thousand links live at once`() async throws {
        let linked = Watched(0)
        let goOn = Watched(false)
        try await WireScene(unauthenticated: 1_000).listening { running in
            let connector = running.connector()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...1_000 {
                    group.addTask {
                        try await connector.workerLinks.withLink { link in
                            await link.send(.hello(.sample))
                            #expect(await link.receive() == .welcome(.sample))
                            linked.increment()
                            await goOn.opened()
                            await link.send(.heartbeat(Heartbeat(number: 9)))
                            #expect(await link.receive() == .renewal(Renewal(number: 9)))
                        }
                    }
                }
                await linked.until { $0 == 1_000 }
                goOn.open()
                try await group.waitForAll()
            }
        }
    }
}
