// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore
import Testing

/// The coordinator's side of the handshake.
@Suite struct CoordinatorHandshakeTests {
    private typealias Approach = CoordinatorHandshake.Approach

    static let start = ContinuousClock.now
    static let network = Approach.network(certificate: nil, takesCertificates: false)

    static func terms(_ versions: ClosedRange<Int> = 1...1, features: [String] = []) throws
        -> CoordinatorHandshake.Terms
    {
        CoordinatorHandshake.Terms(
            program: "0.2.0",
            tokens: AccessTokens([
                (try #require(AccessToken("join-token")), .join), (try #require(AccessToken("submit-token")), .submit),
                (try #require(AccessToken("read-token")), .read), (try #require(AccessToken("void-token")), []),
            ]), features: features, versions: ProtocolVersions(versions))
    }

    /// What becomes of an introduction.
    private static func answer(
        to text: String, _ approach: Approach = network, versions: ClosedRange<Int> = 1...1, features: [String] = []
    ) throws -> CoordinatorHandshake.Action {
        var handshake = CoordinatorHandshake(try terms(versions, features: features), approach: approach, now: start)
        return handshake.received(FrameBytes.payload(text), now: start)
    }

    private static func introduction(_ role: String, _ token: String? = nil, version: Int = 1) -> String {
        #"{"type":"introduction","protocol":\#(version),"role":"\#(role)","program":"0.1.0","features":[]"#
            + (token.map { #","token":"\#($0)"}"# } ?? "}")
    }

    /// The refusal, which must also be what is sent.
    private static func refusal(_ action: CoordinatorHandshake.Action) throws -> Refusal? {
        guard case .refuse(let refusal, let frame) = action else { return nil }
        #expect(try MessageForm.value(Refusal.self, FrameBytes.text(of: frame)) == refusal)
        #expect(try FrameBytes.text(of: frame).contains(#""type":"refusal""#))
        return refusal
    }

    private static func admission(_ action: CoordinatorHandshake.Action) -> CoordinatorHandshake.Admission? {
        if case .accept(let admission, _) = action { admission } else { nil }
    }

    @Test func `the greeting says versions, program and how a peer may say who it is`() throws {
        for (approach, words) in [
            (Self.network, ["token"]),
            (.network(certificate: .join, takesCertificates: true), ["token", "certificate"]),
            (.controlSocket, ["socket"]),
        ] as [(Approach, [String])] {
            let handshake = CoordinatorHandshake(try Self.terms(2...3), approach: approach, now: Self.start)
            let greeting = try MessageForm.value(Greeting.self, FrameBytes.text(of: handshake.greeting))
            #expect(
                greeting
                    == Greeting(versions: ProtocolVersions(2...3), program: "0.2.0", authentication: words))
        }
    }

    @Test(
        arguments: [
            ("worker", "join-token", .join), ("client", "submit-token", .submit), ("client", "read-token", .read),
        ] as [(String, String, Rights)])
    func `a peer with a token of the right is let in`(role: String, token: String, rights: Rights) throws {
        let action = try Self.answer(to: Self.introduction(role, token))
        let admission = try #require(Self.admission(action))
        #expect(admission.role.rawValue == role)
        #expect(admission.rights == rights)
        #expect(admission.program == "0.1.0")
        guard case .accept(_, let frame) = action else { return }
        #expect(
            try MessageForm.value(Acceptance.self, FrameBytes.text(of: frame))
                == Acceptance(version: 1, rights: rights, frame: 1_048_576, message: 67_108_864))
    }

    @Test(
        arguments: [
            ("worker", nil, "unauthorized", "no token was shown: a worker shows one"),
            ("worker", "joim-token", "unauthorized", "none of this coordinator's"),
            ("worker", "submit-token", "forbidden", "what was shown gives submit, read, and a worker needs join"),
            ("client", "join-token", "forbidden", "what was shown gives join, and a client needs submit or read"),
            ("client", "void-token", "forbidden", "gives no right, and a client needs submit or read"),
            ("worker", "", "malformed", "token: expected 1 to 1024 printable"),
            ("worker", "join-token ", "malformed", "token: expected 1 to 1024 printable"),
            ("boss", "join-token", "malformed", "role: found \"boss\", expected worker or client"),
        ] as [(String, String?, String, String)])
    func `other peers are refused`(role: String, token: String?, code: String, text: String) throws {
        let refusal = try #require(try Self.refusal(Self.answer(to: Self.introduction(role, token))))
        #expect(refusal.code == code)
        #expect(refusal.message.contains(text), "\(refusal)")
        if let token, !token.isEmpty { #expect(!refusal.message.contains(token)) }
    }

    @Test func `a certificate gives the rights that it names`() throws {
        func answer(_ role: String, _ token: String?, _ rights: Rights?) throws -> CoordinatorHandshake.Action {
            try Self.answer(
                to: Self.introduction(role, token), .network(certificate: rights, takesCertificates: true))
        }
        #expect(Self.admission(try answer("worker", nil, .join))?.rights == .join)
        #expect(Self.admission(try answer("client", nil, .read))?.rights == .read)
        #expect(Self.admission(try answer("worker", "join-token", .read))?.rights == [.join, .read])
        #expect(try Self.refusal(answer("worker", nil, .read))?.code == "forbidden")
        #expect(try Self.refusal(answer("worker", nil, []))?.code == "forbidden")
        #expect(
            try Self.refusal(answer("worker", nil, nil))?.message.hasPrefix(
                "no token was shown and no client certificate") == true)
        // A wrong token is told, also beside a good certificate.
        #expect(try Self.refusal(answer("worker", "wrong", .join))?.code == "unauthorized")
    }

    @Test func `over the control socket nothing is shown, and no worker joins`() throws {
        for token in [nil, "wrong", "join-token"] {
            let client = try Self.answer(to: Self.introduction("client", token), .controlSocket)
            #expect(Self.admission(client)?.rights == .submit)
            let worker = try #require(
                try Self.refusal(Self.answer(to: Self.introduction("worker", token), .controlSocket)))
            #expect(worker.code == "forbidden")
            #expect(worker.message.contains("workers do not join over the control socket"))
        }
    }

    @Test func `features are those that both have`() throws {
        let text =
            #"{"type":"introduction","protocol":1,"role":"worker","features":["c","x","a"],"token":"join-token","more":{}}"#
        let admission = try #require(Self.admission(try Self.answer(to: text, features: ["a", "b", "c"])))
        #expect(admission.features == ["c", "a"])
        #expect(admission.program == "")
    }

    @Test(arguments: [
        (1...1, 2, "coordinator"), (2...3, 1, "peer"), (2...3, 4, "coordinator"), (1...1, 0, "peer"),
        (1...1, -1, "peer"),
        (1...1, Int.max, "coordinator"),
    ])
    func `a version that is not spoken is refused, whatever else is said`(
        versions: ClosedRange<Int>, version: Int, upgraded: String
    ) throws {
        for text in [
            Self.introduction("worker", "join-token", version: version),
            Self.introduction("alien", "?? ??", version: version), #"{"type":"introduction","protocol":\#(version)}"#,
        ] {
            let refusal = try #require(try Self.refusal(Self.answer(to: text, versions: versions)))
            #expect(refusal.code == "version")
            #expect(
                refusal.message
                    == "the peer chose version \(version) of the protocol, and this coordinator (0.2.0) speaks "
                    + "\(ProtocolVersions(versions)): upgrade the \(upgraded)")
        }
    }

    @Test(arguments: [2, 3, 4]) func `every version within the range is spoken`(version: Int) throws {
        let action = try Self.answer(to: Self.introduction("worker", "join-token", version: version), versions: 2...4)
        #expect(Self.admission(action)?.version == version)
    }

    @Test(arguments: [
        (#"{"type":"hello","worker":"w"}"#, "outOfTurn", "found a frame of type \"hello\", expected an introduction"),
        (#"{"type":"greeting","protocol":{"lowest":1,"highest":1}}"#, "outOfTurn", "found a greeting"),
        (
            #"{"type":"acceptance","protocol":1,"rights":[],"limits":{"frame":65536,"message":65536}}"#, "outOfTurn",
            "found an acceptance"
        ),
        (#"{"type":"chunk","of":1,"last":true,"text":"a"}"#, "outOfTurn", "found a frame of type \"chunk\""),
        ("{}", "malformed", "\"type\" is missing"), ("[]", "malformed", "does not begin with {"),
        ("{", "malformed", "found a frame that"), (#"{"type":"introduction"}"#, "malformed", "\"protocol\" is missing"),
        (#"{"type":"introduction","protocol":"1"}"#, "malformed", "protocol: "),
        (#"{"type":"introduction","protocol":1}"#, "malformed", "\"role\" is missing"),
        (#"{"type":"introduction","protocol":1,"role":"worker","features":"a"}"#, "malformed", "features: "),
        (#"{"type":"introduction","protocol":1,"role":"worker","token":7}"#, "malformed", "token: "),
    ])
    func `what is no introduction is refused`(text: String, code: String, problem: String) throws {
        let refusal = try #require(try Self.refusal(Self.answer(to: text)))
        #expect(refusal.code == code)
        #expect(refusal.message.contains(problem), "\(refusal)")
    }

    @Test func `a peer that refuses is let go`() throws {
        #expect(
            try Self.answer(to: #"{"type":"refusal","code":"version","message":"too \u001b old"}"#)
                == .close(Refusal(.version, "too   old")))
    }

    @Test func `bytes that are no frame are refused with their code`() throws {
        for (error, code) in [
            (.empty, "malformed"), (.tooLarge(length: 70_000, maximum: 65_536), "tooLarge"),
            (.truncated(missing: 3), "malformed"),
        ] as [(FrameError, String)] {
            var handshake = CoordinatorHandshake(try Self.terms(), approach: Self.network, now: Self.start)
            #expect(try Self.refusal(handshake.failed(error))?.code == code)
        }
    }

    @Test func `who does not introduce itself in time is refused`() throws {
        var handshake = CoordinatorHandshake(try Self.terms(), approach: Self.network, now: Self.start)
        #expect(handshake.deadline == Self.start + .seconds(10))
        #expect(handshake.timePassed(now: handshake.deadline - .nanoseconds(1)) == .wait)
        let refusal = try #require(try Self.refusal(handshake.timePassed(now: handshake.deadline)))
        #expect(refusal == Refusal(.timedOut, "found no introduction within 10000 milliseconds"))

        var late = CoordinatorHandshake(try Self.terms(), approach: Self.network, now: Self.start)
        let introduction = FrameBytes.payload(Self.introduction("worker", "join-token"))
        #expect(try Self.refusal(late.received(introduction, now: late.deadline))?.code == "timedOut")
    }

    @Test func `when it is over nothing more is answered`() throws {
        let introduction = FrameBytes.payload(Self.introduction("worker", "join-token"))
        for first in [
            introduction, FrameBytes.payload("[]"), FrameBytes.payload(#"{"type":"refusal","code":"c","message":"m"}"#),
        ] {
            var handshake = CoordinatorHandshake(try Self.terms(), approach: Self.network, now: Self.start)
            #expect(handshake.received(first, now: Self.start) != .wait)
            #expect(handshake.received(introduction, now: Self.start) == .wait)
            #expect(handshake.failed(.empty) == .wait)
            #expect(handshake.timePassed(now: handshake.deadline + .seconds(1)) == .wait)
        }
    }
}
