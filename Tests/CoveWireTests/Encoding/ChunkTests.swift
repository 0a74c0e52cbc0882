// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import NIOCore
import Testing

/// Messages that are too long for one frame.
@Suite struct ChunkTests {
    private typealias Decoder = WireDecoder<CoordinatorMessage>

    private static let limits = FrameLimits(frame: 320, chunk: 64, message: 20_000)

    private static func goaway(_ reason: String) -> CoordinatorMessage {
        .goaway(Goaway(reason: reason, retryMilliseconds: 0))
    }

    /// What a decoder makes of frames one after the other; room is given at once.
    private static func arrivals(
        _ frames: some Sequence<ByteBuffer>, by decoder: inout Decoder, budget: AssemblyBudget = AssemblyBudget()
    ) async throws -> [Arrival<CoordinatorMessage>] {
        var arrivals: [Arrival<CoordinatorMessage>] = []
        for frame in frames {
            let arrival = try decoder.receive(try FrameBytes.payload(of: frame))
            guard case .reserve(let bytes) = arrival else {
                arrivals.append(arrival)
                continue
            }
            arrivals.append(try decoder.proceed(with: try await budget.reserve(bytes)))
        }
        return arrivals
    }

    /// The messages among them; nil when there is something else.
    private static func messages(_ arrivals: [Arrival<CoordinatorMessage>]) -> [CoordinatorMessage]? {
        var messages: [CoordinatorMessage] = []
        for arrival in arrivals {
            switch arrival {
            case .message(let message): messages.append(message)
            case .incomplete: break
            default: return nil
            }
        }
        return messages
    }

    @Test(arguments: 0..<60) func `a message of any length and any characters arrives as it was`(seed: Int) async throws
    {
        var generator = SeededGenerator(seed: UInt64(seed))
        let budget = AssemblyBudget(capacity: 100_000)
        let encoder = WireEncoder(limits: Self.limits)
        var decoder = Decoder(limits: Self.limits)
        for _ in 0..<8 {
            let message = Self.goaway(
                RandomText.of(Int.random(in: 0...400, using: &generator), using: &generator))
            var frames: [ByteBuffer] = []
            var expected: [CoordinatorMessage] = []
            for frame in try encoder.frames(of: message) {
                #expect(frame.readableBytes - Frame.header <= Self.limits.frame)
                frames.append(frame)
                // Short messages may stand between the chunks of a long one.
                guard Int.random(in: 0..<4, using: &generator) == 0 else { continue }
                let heartbeat = CoordinatorMessage.renewal(Renewal(number: Int64.random(in: 1...9, using: &generator)))
                frames.append(contentsOf: try encoder.frames(of: heartbeat))
                expected.append(heartbeat)
            }
            let arrivals = try await Self.arrivals(frames, by: &decoder, budget: budget)
            let messages = try #require(Self.messages(arrivals))
            #expect(messages.filter { $0 != message } == expected)
            #expect(messages.filter { $0 == message }.count == 1)
            #expect(!decoder.isAssembling)
            #expect(budget.reserved == 0)
        }
    }

    @Test func `a message is divided when its JSON is longer than a chunk, and at no other length`() async throws {
        let encoder = WireEncoder(limits: Self.limits)
        let empty = try encoder.frames(of: Self.goaway("")).bytes
        for filler in ["a", "é", "€", "😀"] {
            let width = filler.utf8.count
            for length in Self.limits.chunk - 8...Self.limits.chunk * 3 + 8 {
                // As many wide characters as fit, and narrow ones before them, so that borders fall within characters.
                let rest = length - empty
                let message = Self.goaway(
                    String(repeating: "a", count: rest % width) + String(repeating: filler, count: rest / width))
                let frames = Array(try encoder.frames(of: message))
                let texts = try frames.map(FrameBytes.text)
                let isWhole = length <= Self.limits.chunk
                #expect((frames.count == 1) == isWhole, "\(length)")
                #expect(
                    texts.allSatisfy { $0.hasPrefix(#"{"type":"chunk""#) || $0.contains(#""type":"chunk""#) }
                        == !isWhole)
                var decoder = Decoder(limits: Self.limits)
                #expect(Self.messages(try await Self.arrivals(frames, by: &decoder)) == [message])
            }
        }
    }

    @Test func `a message of quotes and backslashes fits its frames, with the limits that links have`() async throws {
        let limits = FrameLimits()
        let message = Self.goaway(String(repeating: "\"\\", count: 600_000))
        let frames = Array(try WireEncoder(limits: limits).frames(of: message))
        #expect(frames.count > 4)
        for frame in frames { #expect(frame.readableBytes - Frame.header <= limits.chunk + 128) }
        var decoder = Decoder(limits: limits)
        #expect(Self.messages(try await Self.arrivals(frames, by: &decoder)) == [message])
    }

    @Test func `limits of a few bytes still make progress`() async throws {
        let limits = FrameLimits(frame: 1, chunk: 1, message: 20_000)
        let message = Self.goaway("😀\u{01}\"é")
        let frames = Array(try WireEncoder(limits: limits).frames(of: message))
        var decoder = Decoder(limits: limits)
        #expect(Self.messages(try await Self.arrivals(frames, by: &decoder)) == [message])
    }

    @Test func `a message over the limit is not sent`() throws {
        let encoder = WireEncoder(limits: Self.limits)
        let empty = try encoder.frames(of: Self.goaway("")).bytes
        let largest = Self.goaway(String(repeating: "a", count: Self.limits.message - empty))
        #expect(try encoder.frames(of: largest).bytes == Self.limits.message)
        #expect(throws: WireEncoder.MessageTooLarge(bytes: 20_001, limit: 20_000)) {
            try encoder.frames(of: Self.goaway(String(repeating: "a", count: Self.limits.message - empty + 1)))
        }
    }

    @Test func `room is asked for before a chunk is taken in, once for a message`() async throws {
        let budget = AssemblyBudget(capacity: 1_000)
        var decoder = Decoder(limits: Self.limits)
        let text = #"{"type":"renewal","number":1}"#
        let first = Chunk(total: text.utf8.count, isLast: false, text: String(text.prefix(10)))
        let last = Chunk(total: text.utf8.count, isLast: true, text: String(text.dropFirst(10)))
        #expect(try decoder.receive(Self.payload(first)) == .reserve(text.utf8.count))
        #expect(decoder.isAssembling)
        #expect(budget.reserved == 0)
        #expect(try decoder.proceed(with: try await budget.reserve(text.utf8.count)) == .incomplete)
        #expect(budget.reserved == text.utf8.count)
        #expect(try decoder.receive(Self.payload(last)) == .message(.renewal(Renewal(number: 1))))
        #expect(budget.reserved == 0)
        // One chunk may be a whole message.
        #expect(
            try decoder.receive(Self.payload(Chunk(total: text.utf8.count, isLast: true, text: text)))
                == .reserve(text.utf8.count))
        #expect(
            try decoder.proceed(with: try await budget.reserve(text.utf8.count))
                == .message(.renewal(Renewal(number: 1))))
        #expect(budget.reserved == 0)
    }

    @Test func `a link that ends within a message gives its room back`() async throws {
        let budget = AssemblyBudget(capacity: 1_000)
        func begin() async throws {
            var decoder = Decoder(limits: Self.limits)
            #expect(try decoder.receive(Self.payload(Chunk(total: 500, isLast: false, text: "{"))) == .reserve(500))
            #expect(try decoder.proceed(with: try await budget.reserve(500)) == .incomplete)
            #expect(budget.reserved == 500)
        }
        try await begin()
        #expect(budget.reserved == 0)
    }

    @Test(
        arguments: [
            ([chunk(20_001, false, "{")], "tooLarge", "found a message of 20001 bytes in chunks"),
            ([chunk(.max, false, "{")], "tooLarge", "in chunks"),
            ([chunk(0, true, "")], "malformed", "found a chunk of a message of 0 bytes"),
            ([chunk(-1, true, "")], "malformed", "found a chunk of a message of -1 bytes"),
            ([chunk(5, false, "")], "malformed", "found a chunk without text"),
            ([chunk(5, false, "ab"), chunk(5, false, "")], "malformed", "found a chunk without text"),
            ([chunk(5, false, "abcdef")], "malformed", "more than the 5 bytes"),
            ([chunk(5, false, "abc"), chunk(5, true, "def")], "malformed", "more than the 5 bytes"),
            ([chunk(5, false, "ab"), chunk(5, false, "éé")], "malformed", "more than the 5 bytes"),
            ([chunk(5, true, "abc")], "malformed", "found the last chunk after 3 of 5 bytes"),
            ([chunk(5, false, "ab"), chunk(5, true, "c")], "malformed", "found the last chunk after 3 of 5 bytes"),
            ([chunk(5, false, "abcde")], "malformed", "of which none is the last"),
            (
                [chunk(5, false, "ab"), chunk(9, false, "cd")], "malformed",
                "expected the chunks of one of 5 to end first"
            ),
            ([chunk(2, true, "ab")], "malformed", "does not begin with {"),
            ([chunk(2, true, "{]")], "malformed", "not of the protocol"),
            ([chunk(2, true, "{}")], "malformed", "\"type\" is missing"),
            (
                [chunk(46, true, #"{"type":"chunk","of":2,"last":true,"text":"{"}"#)], "malformed",
                "found a chunk within the chunks of a message"
            ),
        ] as [([Chunk], String, String)])
    func `chunks that do not make a message are refused`(chunks: [Chunk], code: String, problem: String) async throws {
        var decoder = Decoder(limits: Self.limits)
        do {
            let frames = try chunks.map { Frame.containing(Array(try MessageForm.text($0).utf8)) }
            let arrivals = try await Self.arrivals(frames, by: &decoder)
            Issue.record("found \(arrivals)")
        } catch let refusal as Refusal {
            #expect(refusal.code == code)
            #expect(refusal.message.contains(problem), "\(refusal)")
        }
    }

    @Test func `a long message of many values is refused before it is parsed`() async throws {
        var limits = FrameLimits()
        limits.values = 1_000
        for (values, isTaken) in [(990, true), (1_100, false)] {
            let text =
                #"{"type":"drain","more":[[1],{"a":"[,,,]\"[[["},"#
                + Array(repeating: "0", count: values).joined(separator: ",") + "]}"
            var decoder = Decoder(limits: limits)
            let frame = Frame.containing(
                Array(try MessageForm.text(Chunk(total: text.utf8.count, isLast: true, text: text)).utf8))
            if isTaken {
                #expect(try await Self.arrivals([frame], by: &decoder) == [.message(.drain)])
            } else {
                await #expect(throws: Refusal(.tooLarge, "found a message of more than 1000 values")) {
                    try await Self.arrivals([frame], by: &decoder)
                }
            }
        }
    }

    private static func chunk(_ total: Int, _ isLast: Bool, _ text: String) -> Chunk {
        Chunk(total: total, isLast: isLast, text: text)
    }

    private static func payload(_ chunk: Chunk) throws -> ByteBuffer {
        FrameBytes.payload(try MessageForm.text(chunk))
    }
}
