// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import NIOCore
import Testing

/// Every reader of what comes from outside takes whatever comes: it answers or refuses, and what it holds stays bounded.
@Suite struct MutationTests {
    private static let limits = FrameLimits(frame: 4_096, chunk: 256, message: 8_192, values: 500)
    private static let now = ContinuousClock.now

    /// What an end says after its introduction.
    private static let corpus: [String] = [
        #"{"type":"hello","worker":"host/7","session":"s1","slots":20,"kinds":["exec","native"],"regions":["eu-*"],"held":["17.2.1"]}"#,
        #"{"type":"leaseRequest","want":5}"#, #"{"type":"heartbeat","number":9,"isDraining":true}"#,
        #"{"type":"report","reports":[{"token":"17.2.1","outcome":{"state":"succeeded","result":"{\"a\":[1,\"é\"]}"},"startedAt":1795219199123,"durationMilliseconds":250}]}"#,
        #"{"type":"release","releases":[{"token":"17.2.1","reason":"throttled","failure":{"type":"T","message":"m","httpStatus":400}}]}"#,
        #"{"type":"goodbye"}"#, #"{"type":"fetch","artefact":{"digest":"ab","size":9},"offset":4}"#,
        #"{"type":"part","artefact":{"digest":"ab","size":9},"offset":4,"data":"AAEC"}"#,
        #"{"type":"part","artefact":{"digest":"ab","size":9},"offset":4,"problem":"p"}"#,
        #"{"type":"request","id":9,"call":"artefactPart","artefact":{"digest":"ab","size":9},"offset":4,"data":"AAEC"}"#,
        #"{"type":"reply","id":9,"kind":"artefact","stored":7}"#,
        #"{"type":"welcome","epoch":2,"terms":{"ttlMilliseconds":60000,"heartbeatMilliseconds":15000},"lost":["17.2.1"]}"#,
        #"{"type":"grant","leases":[{"token":"17.2.1","run":"20261120-235959-k3x9q","account":{"id":"012345678901"},"region":"eu-west-1","attempt":1}],"assignments":[]}"#,
        #"{"type":"verdicts","answers":[{"token":"17.2.1","verdict":"applied"}]}"#, #"{"type":"renewal","number":9}"#,
        #"{"type":"cancel","tokens":["17.2.1"]}"#, #"{"type":"goaway","reason":"r","retryMilliseconds":1000}"#,
        #"{"type":"refusal","code":"busy","message":"m"}"#, #"{"type":"problem","code":"unknownType","message":"m"}"#,
        #"{"type":"request","id":7,"call":"tasks","run":"20261120-235959-k3x9q","states":["failed"],"after":{"account":-1,"region":-1},"limit":9}"#,
        #"{"type":"request","id":8,"call":"submit","run":"20261120-235959-k3x9q","specification":{"function":{"kind":"native","name":"f"},"selection":{"ignored":["r-abcd"],"includesCallingAccount":false},"role":{"name":"R","sessionName":"R"},"raisesException":false,"isAtMostOnce":false}}"#,
        #"{"type":"reply","id":7,"kind":"retried","count":3}"#,
        #"{"type":"reply","id":7,"kind":"failure","code":"notFound","problems":["p"]}"#,
        #"{"type":"chunk","of":18,"last":false,"text":"{\"type\":"}"#,
        #"{"type":"chunk","of":18,"last":true,"text":"\"goodbye\"}"}"#,
        #"{"type":"chunk","of":8192,"last":false,"text":"{"}"#,
    ]
    private static let greetings: [String] = [
        #"{"type":"greeting","protocol":{"lowest":1,"highest":1},"program":"0.1.0","authentication":["token"]}"#,
        #"{"type":"acceptance","protocol":1,"features":[],"rights":["join"],"limits":{"frame":65536,"message":65536}}"#,
        #"{"type":"refusal","code":"version","message":"m"}"#,
    ]
    private static let introduction =
        #"{"type":"introduction","protocol":1,"role":"worker","program":"0.1.0","features":[],"token":"join-token"}"#

    /// Values that are at the edge of something.
    private static let edges: [String] = [
        "0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e400", "1.5", "null",
        "true", "[]", "{}",
        "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[[[[[[[[", "{\"a\":{\"a\":", "\u{7F}", "\\", "\"",
    ]

    /// Bytes with up to three changes of the kinds that break readers.
    static func mutated(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
            switch Int.random(in: 0..<7, using: &generator) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4:
                bytes.replaceSubrange(place..<end, with: edges[Int.random(in: 0..<edges.count, using: &generator)].utf8)
            case 5: bytes.removeSubrange(place...)
            default:
                // A value that is a number or a string becomes another.
                guard
                    let colon = bytes.indices.filter({ bytes[$0] == UInt8(ascii: ":") }).randomElement(
                        using: &generator)
                else { break }
                let stop =
                    bytes[(colon + 1)...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") }
                    ?? bytes.count
                let edge = edges[Int.random(in: 0..<edges.count, using: &generator)]
                bytes.replaceSubrange(colon + 1..<stop, with: edge.utf8)
            }
        }
        return bytes
    }

    /// Frames, some of them changed, in their payloads or in their lengths.
    private static func stream(_ texts: [String], using generator: inout SeededGenerator) -> ByteBuffer {
        var stream = ByteBuffer()
        for text in texts {
            let isChanged = Int.random(in: 0..<2, using: &generator) == 0
            let payload = isChanged ? mutated(Array(text.utf8), using: &generator) : Array(text.utf8)
            var length = UInt32(payload.count)
            if Int.random(in: 0..<20, using: &generator) == 0 {
                length =
                    [0, 1, length &+ 1, length &- 1, 65_536, 65_537, .max, .random(in: 0...(.max), using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            stream.writeInteger(length)
            stream.writeBytes(payload)
        }
        return stream
    }

    private static func texts(_ count: Int, using generator: inout SeededGenerator) -> [String] {
        (0..<count).map { _ in corpus[Int.random(in: 0..<corpus.count, using: &generator)] }
    }

    /// Feeds an end with a stream in slices; what it says and holds must stay in proportion to what it was told.
    private static func feed<Outgoing, Incoming>(
        _ end: LinkEnd<Outgoing, Incoming>, _ stream: ByteBuffer, using generator: inout SeededGenerator
    ) async throws {
        var stream = stream
        let told = stream.readableBytes
        var said = end.takeOutput().readableBytes
        while stream.readableBytes > 0, !end.isOver {
            let length = Int.random(in: 1...max(1, min(stream.readableBytes, told / 2)), using: &generator)
            guard let slice = stream.readSlice(length: min(length, stream.readableBytes)) else { break }
            try await end.receive(slice)
            said += end.takeOutput().readableBytes
        }
        #expect(end.received.count + end.others <= told / 5)
        #expect(said <= 4_096 + told * 40)
    }

    private static func coordinatorEnd<Incoming: WireMessage>(
        _ type: Incoming.Type
    ) throws -> LinkEnd<CoordinatorMessage, Incoming> {
        var terms = try CoordinatorHandshakeTests.terms()
        terms.limits = limits
        return LinkEnd(
            .coordinator(
                CoordinatorHandshake(
                    terms, approach: .network(certificate: [.join, .submit], takesCertificates: true), now: now)),
            limits: limits, now: now)
    }

    private static func peerEnd<Incoming: WireMessage>(_ type: Incoming.Type) -> LinkEnd<WorkerMessage, Incoming> {
        LinkEnd(
            .peer(PeerHandshake(role: .worker, program: "p", token: AccessToken("t"), limits: limits, now: now)),
            limits: limits, now: now)
    }

    @Test(arguments: 0..<10) func `a coordinator takes whatever a peer says`(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for round in 0..<2_000 {
            // At times the introduction is left as it is, so that what follows is looked at too.
            var stream =
                Int.random(in: 0..<4, using: &generator) == 0
                ? Self.stream([Self.introduction], using: &generator) : FrameBytes.frame(Self.introduction)
            stream.writeImmutableBuffer(Self.stream(Self.texts(round % 4, using: &generator), using: &generator))
            if round % 2 == 0 {
                try await Self.feed(try Self.coordinatorEnd(WorkerMessage.self), stream, using: &generator)
            } else {
                try await Self.feed(try Self.coordinatorEnd(ClientMessage.self), stream, using: &generator)
            }
        }
    }

    @Test(arguments: 10..<20) func `a peer takes whatever a coordinator says`(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for round in 0..<2_000 {
            var stream = ByteBuffer()
            for text in Self.greetings.prefix(2) {
                stream.writeImmutableBuffer(
                    Int.random(in: 0..<6, using: &generator) == 0
                        ? Self.stream([text, Self.greetings[2]], using: &generator) : FrameBytes.frame(text))
            }
            stream.writeImmutableBuffer(Self.stream(Self.texts(round % 4, using: &generator), using: &generator))
            if round % 2 == 0 {
                try await Self.feed(Self.peerEnd(CoordinatorMessage.self), stream, using: &generator)
            } else {
                try await Self.feed(Self.peerEnd(ReplyMessage.self), stream, using: &generator)
            }
        }
    }

    @Test func `the mutations reach what lies behind the handshake`() async throws {
        var generator = SeededGenerator(seed: 99)
        var states: [EndState: Int] = [:]
        var received = 0
        for _ in 0..<2_000 {
            let end = try Self.coordinatorEnd(WorkerMessage.self)
            var stream = FrameBytes.frame(Self.introduction)
            stream.writeImmutableBuffer(Self.stream(Self.texts(4, using: &generator), using: &generator))
            try await Self.feed(end, stream, using: &generator)
            states[end.state, default: 0] += 1
            received += end.received.count
        }
        #expect(received > 500)
        for state in [.open, .refused("malformed"), .refused("tooLarge"), .told("busy")] as [EndState] {
            #expect(states[state, default: 0] > 10, "\(state)")
        }
    }
}
