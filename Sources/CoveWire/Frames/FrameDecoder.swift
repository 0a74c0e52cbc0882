// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Cuts a stream of bytes into the payloads of frames: a length of 4 bytes, big-endian, and so many bytes.
///
/// A payload is not waited for before its length is known to be allowed, so that what is held is bounded by `maximum`. It is a class so
/// that whoever put it into a pipeline can raise `maximum`, on the pipeline's event loop, after the handshake; the next frame is
/// measured by the new value, also one that arrived in the same buffer.
package final class FrameDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = ByteBuffer

    /// The largest payload that is taken, in bytes.
    package var maximum: Int

    /// A decoder of frames whose payloads have at most so many bytes.
    package init(maximum: Int) { self.maximum = maximum }

    /// The next payload; nil when more bytes are needed.
    package func decode(buffer: inout ByteBuffer) throws(FrameError) -> ByteBuffer? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        if length == 0 { throw .empty }
        if length > maximum { throw .tooLarge(length: length, maximum: maximum) }
        guard buffer.readableBytes >= Frame.header + Int(length) else { return nil }
        buffer.moveReaderIndex(forwardBy: Frame.header)
        return buffer.readSlice(length: Int(length))
    }

    /// The next payload at the end of the stream, which may not come within a frame.
    package func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws(FrameError) -> ByteBuffer? {
        if let payload = try decode(buffer: &buffer) { return payload }
        guard seenEOF, buffer.readableBytes > 0 else { return nil }
        let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self).map { Int($0) } ?? 0
        throw .truncated(missing: Frame.header + length - buffer.readableBytes)
    }
}
