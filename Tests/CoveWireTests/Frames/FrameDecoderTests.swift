// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore
import NIOEmbedded
import NIOTestUtils
import Testing

@Suite struct FrameDecoderTests {
    @Test func `frames are cut however their bytes come`() throws {
        let texts = ["{}", "x", #"{"type":"goodbye"}"#, String(repeating: "é😀", count: 400)]
        try ByteToMessageDecoderVerifier.verifyDecoder(
            inputOutputPairs: texts.map { (FrameBytes.frame($0), [ByteBuffer(string: $0)]) },
            decoderFactory: { FrameDecoder(maximum: 4_096) })
    }

    @Test func `frames are cut wherever the stream is split`() {
        let texts = ["{}", "abc", String(repeating: "z", count: 300)]
        var stream = ByteBuffer()
        for text in texts { stream.writeImmutableBuffer(FrameBytes.frame(text)) }
        let bytes = Array(stream.readableBytesView)
        for split in 0...bytes.count {
            let pieces = [ByteBuffer(bytes: bytes[..<split]), ByteBuffer(bytes: bytes[split...])]
            let (found, error) = FrameBytes.decoded(pieces, by: FrameDecoder(maximum: 300))
            #expect(found == texts && error == nil, "split at \(split)")
        }
    }

    @Test(arguments: [1, 16, 65_536]) func `a frame of the largest size is taken, a larger one is not`(maximum: Int) {
        let largest = String(repeating: "a", count: maximum)
        #expect(FrameBytes.decoded([FrameBytes.frame(largest)], by: FrameDecoder(maximum: maximum)).texts == [largest])
        let (texts, error) = FrameBytes.decoded(
            [FrameBytes.frame("x"), FrameBytes.frame(largest + "a")], by: FrameDecoder(maximum: maximum))
        #expect(texts == ["x"])
        #expect(error == .tooLarge(length: UInt32(maximum + 1), maximum: maximum))
    }

    @Test func `a frame that is too large is refused before any of it came`() {
        for length in [65_537, 1 << 24, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32] {
            let (texts, error) = FrameBytes.decoded(
                [FrameBytes.length(length)], by: FrameDecoder(maximum: 65_536), isWhole: false)
            #expect(texts == [])
            #expect(error == .tooLarge(length: length, maximum: 65_536))
            #expect(error?.refusal.code == "tooLarge")
        }
    }

    @Test func `a frame without a payload is refused`() {
        let (texts, error) = FrameBytes.decoded([FrameBytes.length(0)], by: FrameDecoder(maximum: 10))
        #expect(texts == [])
        #expect(error == .empty)
        #expect(error?.refusal.code == "malformed")
    }

    @Test func `a stream that ends within a frame ends with an error`() {
        let bytes = Array(FrameBytes.frame("abcdef").readableBytesView)
        #expect(FrameBytes.decoded([], by: FrameDecoder(maximum: 10)).error == nil)
        for end in 1..<bytes.count {
            let (texts, error) = FrameBytes.decoded([ByteBuffer(bytes: bytes[..<end])], by: FrameDecoder(maximum: 10))
            #expect(texts == [])
            #expect(error == .truncated(missing: end < 4 ? 4 - end : bytes.count - end))
        }
    }

    @Test func `the largest size can be raised in the middle of a buffer`() throws {
        let small = FrameBytes.frame("{}")
        let large = FrameBytes.frame(String(repeating: "b", count: 100))
        var both = small
        both.writeImmutableBuffer(large)
        both.writeImmutableBuffer(FrameBytes.frame("c"))

        #expect(FrameBytes.decoded([both], by: FrameDecoder(maximum: 10)).error == .tooLarge(length: 100, maximum: 10))

        let decoder = FrameDecoder(maximum: 10)
        let processor = NIOSingleStepByteToMessageProcessor(decoder)
        var counts: [Int] = []
        try processor.process(buffer: both) { payload in
            counts.append(payload.readableBytes)
            decoder.maximum = 100
        }
        #expect(counts == [2, 100, 1])
    }

    @Test func `the largest size can be raised by a handler further on in the pipeline`() throws {
        final class Raising: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            let decoder: FrameDecoder
            var counts: [Int] = []
            init(_ decoder: FrameDecoder) { self.decoder = decoder }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                counts.append(unwrapInboundIn(data).readableBytes)
                decoder.maximum = 100
            }
        }
        let decoder = FrameDecoder(maximum: 10)
        let raising = Raising(decoder)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(decoder), raising])
        var both = FrameBytes.frame("{}")
        both.writeImmutableBuffer(FrameBytes.frame(String(repeating: "b", count: 100)))
        try channel.writeInbound(both)
        #expect(raising.counts == [2, 100])
        #expect(throws: FrameError.tooLarge(length: 101, maximum: 100)) {
            try channel.writeInbound(FrameBytes.length(101))
        }
        _ = try? channel.finish()
    }

    @Test(
        arguments: [
            ([0x16, 0x03, 0x01, 0x02], "this looks like TLS"), ([0x15, 0x03, 0x03, 0x00], "this looks like TLS"),
            (Array("GET / HTTP/1.1".utf8), "this looks like HTTP"), (Array("POST".utf8), "this looks like HTTP"),
            (Array("HTTP/1.1 400".utf8), "this looks like HTTP"),
        ] as [([UInt8], String)])
    func `what another protocol says is recognized`(bytes: [UInt8], guess: String) {
        let error = FrameBytes.decoded([ByteBuffer(bytes: bytes)], by: FrameDecoder(maximum: 65_536)).error
        #expect(error?.description.contains(guess) == true, "\(String(describing: error))")
    }

    @Test func `other lengths are not guessed at`() {
        #expect(
            FrameError.tooLarge(length: 70_000, maximum: 65_536).description
                == "found a frame of 70000 bytes, expected at most 65536")
    }
}
