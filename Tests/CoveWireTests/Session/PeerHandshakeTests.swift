// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore
import Testing

/// A worker's or client's side of the handshake.
@Suite struct PeerHandshakeTests {
    private static let start = ContinuousClock.now
    private static let greeting =
        #"{"type":"greeting","protocol":{"lowest":1,"highest":1},"program":"9","authentication":["token"]}"#
    private static let acceptance =
        #"{"type":"acceptance","protocol":1,"features":[],"rights":["join"],"limits":{"frame":1048576,"message":41943040}}"#

    private static func handshake(
        _ versions: ClosedRange<Int> = 1...1, token: String? = "join-token", features: [String] = []
    ) throws -> PeerHandshake {
        PeerHandshake(
            role: .worker, program: "0.1.0", token: try token.map { try #require(AccessToken($0)) }, features: features,
            versions: ProtocolVersions(versions), now: start)
    }

    /// What becomes of frames, one after the other; the last action.
    private static func answer(
        to texts: String..., versions: ClosedRange<Int> = 1...1, features: [String] = []
    ) throws -> PeerHandshake.Action {
        var handshake = try handshake(versions, features: features)
        var action = PeerHandshake.Action.wait
        for text in texts { action = handshake.received(FrameBytes.payload(text), now: start) }
        return action
    }

    private static func sent(_ action: PeerHandshake.Action) throws -> Introduction? {
        guard case .send(let frame) = action else { return nil }
        return try MessageForm.value(Introduction.self, FrameBytes.text(of: frame))
    }

    /// The error, and the code of the refusal that is sent.
    private static func failure(_ action: PeerHandshake.Action) throws -> (error: LinkError, code: String?)? {
        guard case .fail(let error, let frame) = action else { return nil }
        return (error, try frame.map { try MessageForm.value(Refusal.self, FrameBytes.text(of: $0)).code })
    }

    @Test func `a peer introduces itself and is accepted`() throws {
        var handshake = try Self.handshake(features: ["a"])
        let introduction = try Self.sent(handshake.received(FrameBytes.payload(Self.greeting), now: Self.start))
        #expect(
            introduction
                == Introduction(
                    version: 1, role: .worker, program: "0.1.0", features: ["a"], token: AccessToken("join-token")))
        let limits = FrameLimits(message: 41_943_040)
        #expect(
            handshake.received(FrameBytes.payload(Self.acceptance), now: Self.start)
                == .accepted(
                    Acceptance(version: 1, rights: .join, frame: 1_048_576, message: 41_943_040), limits: limits))
    }

    @Test(
        arguments: [
            (1...1, 1...1, 1), (1...2, 1...1, 1), (1...1, 1...2, 1), (2...3, 1...2, 2), (1...2, 2...3, 2),
            (1...5, 1...5, 5),
        ])
    func `the newest common version is chosen`(peer: ClosedRange<Int>, coordinator: ClosedRange<Int>, chosen: Int)
        throws
    {
        let greeting =
            #"{"type":"greeting","protocol":{"lowest":\#(coordinator.lowerBound),"highest":\#(coordinator.upperBound)}}"#
        #expect(try Self.sent(Self.answer(to: greeting, versions: peer))?.version == chosen)
    }

    @Test(arguments: [(1...1, 2...3, "worker"), (2...2, 1...1, "coordinator"), (3...4, 1...2, "coordinator")])
    func `without a common version both ranges are told, and who is to be upgraded`(
        peer: ClosedRange<Int>, coordinator: ClosedRange<Int>, upgraded: String
    ) throws {
        let greeting =
            #"{"type":"greeting","protocol":{"lowest":\#(coordinator.lowerBound),"highest":\#(coordinator.upperBound)},"program":"9.\u001b"}"#
        let (error, code) = try #require(try Self.failure(Self.answer(to: greeting, versions: peer)))
        #expect(code == "version")
        #expect(error.code == .refused)
        #expect(!error.isTransient)
        #expect(
            error.message
                == "the coordinator (9. ) speaks version \(ProtocolVersions(coordinator)) of the protocol, "
                + "and this worker (0.1.0) speaks \(ProtocolVersions(peer)): upgrade the \(upgraded)")
    }

    @Test func `a token is shown only where one is asked for`() throws {
        for (words, isShown) in [
            (#"["token"]"#, true), (#"["dance","token"]"#, true), (#"["socket"]"#, false), (#"["certificate"]"#, false),
            ("[]", false),
        ] {
            let greeting = #"{"type":"greeting","protocol":{"lowest":1,"highest":1},"authentication":\#(words)}"#
            #expect(try (Self.sent(Self.answer(to: greeting))?.token != nil) == isShown, "\(words)")
        }
        var handshake = try Self.handshake(token: nil)
        let action = handshake.received(FrameBytes.payload(Self.greeting), now: Self.start)
        guard case .send(let frame) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(!(try FrameBytes.text(of: frame)).contains("token"))
    }

    @Test(
        arguments: [
            ("version", .refused), ("unauthorized", .refused), ("forbidden", .refused), ("sleepy", .refused),
            ("malformed", .malformed), ("tooLarge", .malformed), ("outOfTurn", .malformed), ("timedOut", .timedOut),
            ("busy", .closed),
        ] as [(String, LinkError.Code)])
    func `a refusal is told, before and after the introduction`(code: String, expected: LinkError.Code) throws {
        let refusal = #"{"type":"refusal","code":"\#(code)","message":"because \u001b]0;x"}"#
        for action in [try Self.answer(to: refusal), try Self.answer(to: Self.greeting, refusal)] {
            let (error, sent) = try #require(try Self.failure(action))
            #expect(sent == nil)
            #expect(error.code == expected)
            #expect(error.message == "the coordinator refused: because  ]0;x")
        }
    }

    @Test(arguments: [
        ([acceptance], "found an acceptance, expected a greeting"),
        ([greeting, greeting], "found a greeting, expected an acceptance"),
        ([#"{"type":"welcome"}"#], "found a frame of type \"welcome\", expected a greeting"),
        ([greeting, #"{"type":"grant"}"#], "found a frame of type \"grant\", expected an acceptance"),
        ([#"{"type":"introduction","protocol":1,"role":"worker"}"#], "found an introduction"),
    ])
    func `a coordinator that is out of turn is refused`(texts: [String], problem: String) throws {
        var handshake = try Self.handshake()
        var action = PeerHandshake.Action.wait
        for text in texts { action = handshake.received(FrameBytes.payload(text), now: Self.start) }
        let (error, code) = try #require(try Self.failure(action))
        #expect(code == "outOfTurn")
        #expect(error.code == .malformed)
        #expect(error.message.contains(problem), "\(error)")
    }

    @Test(arguments: [
        "{}", "[]", #"{"type":"greeting"}"#, #"{"type":"greeting","protocol":1}"#,
        #"{"type":"greeting","protocol":{"lowest":2,"highest":1}}"#,
        #"{"type":"greeting","protocol":{"lowest":0,"highest":1}}"#,
    ])
    func `what is no greeting is refused`(text: String) throws {
        let (error, code) = try #require(try Self.failure(Self.answer(to: text)))
        #expect(code == "malformed")
        #expect(error.code == .malformed)
    }

    @Test(arguments: [
        (
            #""protocol":2,"rights":[],"limits":{"frame":65536,"message":65536}"#,
            "found an acceptance of version 2, expected 1"
        ),
        (
            #""protocol":1,"rights":[],"limits":{"frame":65535,"message":65536}"#,
            "found 65535, expected 65536 to 16777216"
        ),
        (#""protocol":1,"rights":[],"limits":{"frame":16777217,"message":65536}"#, "found 16777217"),
        (#""protocol":1,"rights":[],"limits":{"frame":65536,"message":1}"#, "found 1, expected 65536 to 1073741824"),
        (#""protocol":1,"rights":[],"limits":{"frame":65536}"#, "\"message\" is missing"),
        (#""protocol":1,"rights":[]"#, "limits"),
        (#""protocol":1,"limits":{"frame":65536,"message":65536}"#, "\"rights\" is missing"),
    ])
    func `what is no acceptance is refused`(fields: String, problem: String) throws {
        let action = try Self.answer(to: Self.greeting, #"{"type":"acceptance",\#(fields)}"#)
        let (error, code) = try #require(try Self.failure(action))
        #expect(code == "malformed")
        #expect(error.code == .malformed)
        #expect(error.message.contains(problem), "\(error)")
    }

    @Test func `features that were not offered are not taken`() throws {
        let text =
            #"{"type":"acceptance","protocol":1,"features":["b","a","z"],"rights":["join","fly"],"limits":{"frame":65536,"message":65536}}"#
        let action = try Self.answer(to: Self.greeting, text, features: ["a", "b"])
        guard case .accepted(let acceptance, let limits) = action else {
            Issue.record("\(action)")
            return
        }
        #expect(acceptance.features == ["b", "a"])
        #expect(acceptance.rights == .join)
        #expect(limits.frame == 65_536)
    }

    @Test func `a coordinator that is too slow is given up`() throws {
        for (texts, missing) in [([], "greeting"), ([Self.greeting], "acceptance")] {
            var handshake = try Self.handshake()
            for text in texts { _ = handshake.received(FrameBytes.payload(text), now: Self.start) }
            #expect(handshake.timePassed(now: handshake.deadline - .nanoseconds(1)) == .wait)
            let (error, code) = try #require(try Self.failure(handshake.timePassed(now: handshake.deadline)))
            #expect(code == "timedOut")
            #expect(error == LinkError(.timedOut, "found no \(missing) of a coordinator within 10000 milliseconds"))
            #expect(error.isTransient)
        }
        var late = try Self.handshake()
        #expect(
            try Self.failure(late.received(FrameBytes.payload(Self.greeting), now: late.deadline))?.code == "timedOut")
    }

    @Test func `a connection that ends is told`() throws {
        var early = try Self.handshake()
        #expect(
            early.closed()
                == .fail(LinkError(.closed, "the connection ended before the coordinator greeted"), send: nil))
        var later = try Self.handshake()
        _ = later.received(FrameBytes.payload(Self.greeting), now: Self.start)
        #expect(
            later.closed()
                == .fail(
                    LinkError(.closed, "the connection ended before the coordinator accepted or refused"), send: nil))
    }

    @Test func `what is no frame is no coordinator`() throws {
        var handshake = try Self.handshake()
        let (error, code) = try #require(
            try Self.failure(handshake.failed(.tooLarge(length: 0x4854_5450, maximum: 65_536))))
        #expect(code == "tooLarge")
        #expect(error.code == .malformed)
        #expect(error.message.hasPrefix("what answers there is not a coordinator: found a frame of 1213486160 bytes"))
        #expect(error.message.contains("looks like HTTP"))
    }

    @Test func `a payload of the handshake that is larger than it may be is refused`() throws {
        var handshake = try Self.handshake()
        let padding = String(repeating: " ", count: FrameLimits().introduction)
        let (error, code) = try #require(
            try Self.failure(handshake.received(FrameBytes.payload(Self.greeting + padding), now: Self.start)))
        #expect(code == "tooLarge")
        #expect(error.message.contains("bytes, expected at most 65536"))
    }

    @Test func `when it is over nothing more is done`() throws {
        for texts in [[Self.greeting, Self.acceptance], ["[]"], [#"{"type":"refusal","code":"c","message":"m"}"#]] {
            var handshake = try Self.handshake()
            for text in texts { _ = handshake.received(FrameBytes.payload(text), now: Self.start) }
            #expect(handshake.received(FrameBytes.payload(Self.greeting), now: Self.start) == .wait)
            #expect(handshake.failed(.empty) == .wait)
            #expect(handshake.closed() == .wait)
            #expect(handshake.timePassed(now: handshake.deadline) == .wait)
        }
    }
}
