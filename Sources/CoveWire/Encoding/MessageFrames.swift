// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The frames of a message, with their lengths before them.
///
/// Each is made when it is asked for, so that a long message is held once and not twice.
package struct MessageFrames: Sendable, Sequence, IteratorProtocol {
    private let limits: FrameLimits
    /// The JSON of the messages that are left; of the first the bytes from `offset` on.
    private var texts: ArraySlice<[UInt8]>
    private var offset = 0

    init(_ texts: [[UInt8]], limits: FrameLimits) {
        self.limits = limits
        self.texts = texts[...]
    }

    /// How many bytes of JSON there are in all, without lengths and the wrapping of chunks.
    package var bytes: Int { texts.reduce(0) { $0 + $1.count } }

    package mutating func next() -> ByteBuffer? {
        guard let text = texts.first else { return nil }
        if offset == 0, text.count <= limits.chunkText {
            texts.removeFirst()
            return Frame.containing(text)
        }
        let end = Self.end(ofChunkFrom: offset, in: text, length: limits.chunkText)
        let chunk = Chunk(
            total: text.count, isLast: end == text.count, text: String(decoding: text[offset..<end], as: UTF8.self))
        offset = end
        if chunk.isLast {
            offset = 0
            texts.removeFirst()
        }
        return WireEncoder.frame(of: chunk)
    }

    /// Where a chunk ends that takes at most `length` bytes when it stands in a frame, and ends between two characters.
    private static func end(ofChunkFrom start: Int, in text: [UInt8], length: Int) -> Int {
        text.withUnsafeBufferPointer { bytes in
            var end = start
            var taken = 0
            while end < bytes.count {
                switch bytes[end] {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): taken += 2
                case 0..<0x20: taken += 6
                default: taken += 1
                }
                if taken > length { break }
                end += 1
            }
            // Bytes 10xxxxxx continue a character.
            if end < bytes.count { while end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 } }
            return end
        }
    }
}
