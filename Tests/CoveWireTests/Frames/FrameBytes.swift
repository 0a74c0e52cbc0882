// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore

/// Frames and payloads as tests write them.
enum FrameBytes {
    static func payload(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

    static func frame(_ text: String) -> ByteBuffer { Frame.containing(Array(text.utf8)) }

    /// A length alone.
    static func length(_ length: UInt32) -> ByteBuffer { ByteBuffer(integer: length) }

    /// The payload of a whole frame.
    static func payload(of frame: ByteBuffer) throws -> ByteBuffer {
        var frame = frame
        let payload = try FrameDecoder(maximum: .max).decode(buffer: &frame)
        guard let payload, frame.readableBytes == 0 else { throw FrameError.empty }
        return payload
    }

    /// The text of a whole frame's payload.
    static func text(of frame: ByteBuffer) throws -> String { String(buffer: try payload(of: frame)) }

    /// What a decoder makes of bytes that come in these pieces, and the error that ends it.
    static func decoded(
        _ pieces: [ByteBuffer], by decoder: FrameDecoder, isWhole: Bool = true
    ) -> (texts: [String], error: FrameError?) {
        let processor = NIOSingleStepByteToMessageProcessor(decoder)
        var texts: [String] = []
        do {
            for piece in pieces { try processor.process(buffer: piece) { texts.append(String(buffer: $0)) } }
            if isWhole { try processor.finishProcessing(seenEOF: true) { texts.append(String(buffer: $0)) } }
            return (texts, nil)
        } catch {
            return (texts, error as? FrameError)
        }
    }
}
