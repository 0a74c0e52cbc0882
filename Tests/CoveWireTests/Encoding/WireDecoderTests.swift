// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import NIOCore
import Testing

/// What frames bring, one by one.
@Suite struct WireDecoderTests {
    private static let limits = FrameLimits()

    private static func receive<Message: WireMessage>(
        _ text: String, as type: Message.Type = WorkerMessage.self
    ) throws -> Arrival<Message> {
        var decoder = WireDecoder<Message>(limits: limits)
        return try decoder.receive(FrameBytes.payload(text))
    }

    /// The refusal of a payload; nil when it is taken.
    private static func refusal(of payload: ByteBuffer) -> Refusal? {
        var decoder = WireDecoder<WorkerMessage>(limits: limits)
        do {
            _ = try decoder.receive(payload)
            return nil
        } catch {
            return error
        }
    }

    @Test func `messages of each role`() throws {
        #expect(try Self.receive(#"{"type":"goodbye"}"#) == .message(.goodbye))
        #expect(try Self.receive(#"{"type":"drain"}"#, as: CoordinatorMessage.self) == .message(.drain))
        #expect(
            try Self.receive(#"{"type":"request","id":1,"call":"runs"}"#, as: ClientMessage.self)
                == .message(ClientMessage(id: 1, request: .runs)))
        #expect(
            try Self.receive(#"{"type":"reply","id":1,"kind":"done"}"#, as: ReplyMessage.self)
                == .message(ReplyMessage(id: 1, reply: .done)))
    }

    @Test func `a type that is not known is answered, and the next message is taken`() throws {
        var decoder = WireDecoder<WorkerMessage>(limits: Self.limits)
        let arrival = try decoder.receive(FrameBytes.payload(#"{"type":"telepathy","number":{"deep":[1]}}"#))
        let problem = Problem(
            code: "unknownType", message: #"a message of the unknown type "telepathy" was skipped"#)
        #expect(arrival == .answer(.problem(problem)))
        #expect(
            try FrameBytes.text(of: WireEncoder(limits: Self.limits).frame(of: .problem(problem))).count < 200)
        #expect(try decoder.receive(FrameBytes.payload(#"{"type":"goodbye"}"#)) == .message(.goodbye))
        // What the other role says is not known to this one.
        let other = try decoder.receive(FrameBytes.payload(#"{"type":"welcome"}"#))
        guard case .answer(.problem) = other else {
            Issue.record("\(other)")
            return
        }
    }

    @Test func `a problem is told, and never answered`() throws {
        #expect(
            try Self.receive(#"{"type":"problem","code":"unknownType","message":"m"}"#)
                == .problem(Problem(code: "unknownType", message: "m")))
    }

    @Test func `a refusal ends the link; a worker hears it as a message`() throws {
        let text = #"{"type":"refusal","code":"busy","message":"m"}"#
        let refusal = Refusal(.busy, "m")
        #expect(try Self.receive(text) == .refusal(refusal))
        #expect(try Self.receive(text, as: ClientMessage.self) == .refusal(refusal))
        #expect(try Self.receive(text, as: ReplyMessage.self) == .refusal(refusal))
        #expect(try Self.receive(text, as: CoordinatorMessage.self) == .message(.refusal(refusal)))
        #expect(try FrameBytes.text(of: WireEncoder.frame(of: refusal)).contains(#""type":"refusal""#))
    }

    @Test(arguments: [
        (
            #"{"type":"request","id":3,"call":"explode"}"#,
            "request \"explode\" is not understood: call: this version does not know it"
        ),
        (#"{"type":"request","id":3}"#, "request \"\" is not understood: \"call\" is missing"),
        (
            #"{"type":"request","id":3,"call":"run","run":"x"}"#,
            "request \"run\" is not understood: run: found \"x\", expected a run id such as 20261120-235959-k3x9q"
        ),
    ])
    func `a request that is not understood is answered with a failure`(text: String, problem: String) throws {
        let reply = ReplyMessage(id: 3, reply: .failure(RequestFailure(.invalidRequest, [problem])))
        #expect(try Self.receive(text, as: ClientMessage.self) == .answer(.reply(reply)))
        let frame = WireEncoder(limits: Self.limits).frame(of: .reply(reply))
        #expect(try MessageForm.value(ReplyMessage.self, FrameBytes.text(of: frame)) == reply)
    }

    @Test(arguments: ["greeting", "introduction", "acceptance"])
    func `the handshake does not come twice`(type: String) {
        let refusal = Self.refusal(of: FrameBytes.payload(#"{"type":"\#(type)"}"#))
        #expect(refusal == Refusal(.outOfTurn, "found another \(type), expected messages after the handshake"))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "null", "7", "\"goodbye\"", " {\"type\":\"goodbye\"}", "{}", #"{"type":7}"#,
        #"{"type":null}"#, #"{"type":"goodbye"} {}"#, #"{"type":"goodbye""#,
        #"{'type':'goodbye'}"#, #"{"type":"leaseRequest","want":"3"}"#, #"{"type":"leaseRequest","want":1e99}"#,
        #"{"type":"report","reports":{}}"#, #"{"type":"\ud800"}"#, #"{"type":"chunk","of":"3","last":true,"text":"a"}"#,
        #"{"type":"problem"}"#, "\u{FEFF}{\"type\":\"goodbye\"}",
    ])
    func `what is not of the protocol is refused`(text: String) throws {
        let refusal = try #require(Self.refusal(of: FrameBytes.payload(text)))
        #expect(refusal.code == "malformed")
        #expect(refusal.message.hasPrefix("found a frame that "))
    }

    @Test func `other encodings than UTF-8 are refused`() {
        let text = #"{"type":"goodbye"}"#
        let encodings: [[UInt8]] = [
            text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
            text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] },
            text.unicodeScalars.flatMap { [UInt8($0.value & 0xFF), 0, 0, 0] },
            [0xEF, 0xBB, 0xBF] + text.utf8, Array(#"{"type":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8),
        ]
        for bytes in encodings { #expect(Self.refusal(of: ByteBuffer(bytes: bytes))?.code == "malformed") }
    }

    @Test(arguments: ["[", #"{"a":"#]) func `values ten thousand deep are refused`(opening: String) {
        let deep = String(repeating: opening, count: 10_000)
        let closing = opening == "[" ? "]" : "}"
        let whole = deep + "1" + String(repeating: closing, count: 10_000)
        for text in [#"{"type":"goodbye","a":\#(whole)}"#, #"{"type":\#(whole)}"#, #"{"type":"goodbye","a":\#(deep)"#] {
            #expect(Self.refusal(of: FrameBytes.payload(text))?.code == "malformed")
        }
    }

    @Test func `arrays of very many values are taken in a frame, and refused in chunks`() async throws {
        func text(_ count: Int) -> String {
            #"{"type":"goodbye","a":["# + String(repeating: "0,", count: count - 1) + "0]}"
        }
        #expect(try Self.receive(text(500_000)) == .message(.goodbye))
        let long = text(1_000_001)
        var decoder = WireDecoder<WorkerMessage>(limits: Self.limits)
        let chunk = Chunk(total: long.utf8.count, isLast: true, text: long)
        #expect(try decoder.receive(FrameBytes.payload(try MessageForm.text(chunk))) == .reserve(long.utf8.count))
        let room = try await AssemblyBudget().reserve(long.utf8.count)
        #expect(throws: Refusal(.tooLarge, "found a message of more than 1000000 values")) {
            try decoder.proceed(with: room)
        }
    }

    @Test func `the text of a refusal is short, whatever was found`() throws {
        let long = String(repeating: "\u{1B}[31mé", count: 50_000)
        let quoted = try MessageForm.text(long)
        for text in [
            #"{"type":"hello","worker":"w","session":"s","slots":1,"kinds":[],"account":\#(quoted)}"#,
            #"{"type":"hello","worker":"w","session":"s","slots":1,"kinds":[],"held":[\#(quoted)]}"#,
        ] {
            let refusal = try #require(Self.refusal(of: FrameBytes.payload(text)))
            #expect(refusal.message.utf8.count < 1_500)
            #expect(!refusal.message.contains("\u{1B}"))
        }
        guard case .answer(.problem(let problem)) = try Self.receive(#"{"type":\#(quoted)}"#) else {
            Issue.record("expected a problem")
            return
        }
        #expect(problem.message.utf8.count < 500)
    }

    @Test func `many reports with large results are told in several messages`() throws {
        let reports = (0..<100).map { number in
            AttemptReport(
                token: LeaseToken(task: TaskID(Int64(number)), epoch: 1, generation: 1),
                outcome: number % 3 == 0
                    ? .failed(Failure(type: "T", message: String(repeating: "m", count: 500)))
                    : .succeeded(JSONText(string: String(repeating: "x", count: number * 20))),
                startedAt: Timestamp(milliseconds: 1), durationMilliseconds: 1)
        }
        let limits = FrameLimits(frame: 4_096, chunk: 1_024, message: 5_000)
        let parts = WorkerMessage.report(reports).parts(of: limits.chunk)
        #expect(parts.count > 20)
        let told = parts.flatMap { part -> [AttemptReport] in
            if case .report(let reports) = part { reports } else { [] }
        }
        #expect(told == reports)
        #expect(Array(try WireEncoder(limits: limits).frames(of: WorkerMessage.report(reports))).count >= parts.count)
        #expect(WorkerMessage.report(Array(reports.prefix(2))).parts(of: 1_000_000).count == 1)
        #expect(WorkerMessage.report([]).parts(of: 1) == [.report([])])
        #expect(WorkerMessage.goodbye.parts(of: 1) == [.goodbye])
    }

    @Test func `a result or a failure that no link takes is a failure of its attempt`() throws {
        let limits = FrameLimits(frame: 4_096, chunk: 1_024, message: 5_000)
        func report(_ outcome: Outcome) -> WorkerMessage {
            .report([
                AttemptReport(
                    token: LeaseToken(task: TaskID(1), epoch: 1, generation: 1), outcome: outcome,
                    startedAt: Timestamp(milliseconds: 1), durationMilliseconds: 1)
            ])
        }
        func told(_ message: WorkerMessage) throws -> WorkerMessage {
            let frames = Array(try WireEncoder(limits: limits).frames(of: message))
            return try MessageForm.value(WorkerMessage.self, FrameBytes.text(of: try #require(frames.first)))
        }
        let large = try told(report(.succeeded(JSONText(string: String(repeating: "x", count: 6_000)))))
        guard case .report(let reports) = large, case .failed(let failure) = reports.first?.outcome else {
            Issue.record("\(large)")
            return
        }
        #expect(failure.type == "ResultTooLarge")
        #expect(
            failure.message.hasSuffix("on the wire it has 6134 bytes, and the coordinator takes 5000"), "\(failure)")
        let long = Failure(
            type: "T", message: String(repeating: "x", count: 6_000), isRetryable: true, exitCode: 3)
        for outcome in [Outcome.failed(long), .roleNotAssumed(long)] {
            guard case .report(let reports) = try told(report(outcome)), let short = reports.first?.outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(short.state == outcome.state)
            #expect(short.failure?.type == "FailureTooLarge" && short.failure?.exitCode == 3)
            #expect(short.failure?.message.hasSuffix("and the coordinator takes 5000") == true)
        }
    }

    @Test func `a link that takes no failure of an attempt takes nothing`() throws {
        let report = AttemptReport(
            token: LeaseToken(task: TaskID(1), epoch: 1, generation: 1), outcome: .succeeded(nil),
            startedAt: Timestamp(milliseconds: 1), durationMilliseconds: 1)
        let encoder = WireEncoder(limits: FrameLimits(frame: 4_096, chunk: 1_024, message: 100))
        #expect(throws: WireEncoder.MessageTooLarge.self) { try encoder.frames(of: WorkerMessage.report([report])) }
    }

    @Test func `a reply that no link takes is a failure of its request`() throws {
        let limits = FrameLimits(frame: 4_096, chunk: 1_024, message: 500)
        let account = Account(id: try #require(AccountID("012345678901")), name: String(repeating: "n", count: 600))
        let reply = ReplyMessage(id: 5, reply: .skippedAccounts([NotTargeted(account, .ignored)]))
        let frames = Array(try WireEncoder(limits: limits).frames(of: reply))
        let told = try MessageForm.value(ReplyMessage.self, FrameBytes.text(of: try #require(frames.first)))
        guard case .failure(let failure) = told.reply else {
            Issue.record("\(told)")
            return
        }
        #expect(told.id == 5)
        #expect(failure.code == .unavailable)
        #expect(failure.description.hasSuffix("larger than the 500 that the link takes"), "\(failure)")
    }
}
