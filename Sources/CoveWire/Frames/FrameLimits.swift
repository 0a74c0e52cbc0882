// SPDX-License-Identifier: Apache-2.0

/// How much of a link is taken in, and how long its beginning may take (docs/protocol.md, Limits).
package struct FrameLimits: Sendable, Hashable {
    /// The largest payload of a frame before the acceptance, in bytes: 64 KiB.
    package var introduction: Int
    /// The largest payload of a frame after the acceptance, in bytes: 1 MiB.
    package var frame: Int
    /// A message whose JSON is longer travels in chunks of about so many bytes: 512 KiB.
    package var chunk: Int
    /// The longest JSON of a message, in bytes: 64 MiB.
    ///
    /// The largest that there is by itself is a page of outcomes: results of 8 MiB and one more of 16 MiB, which may be twice as
    /// long when they are written as JSON strings.
    package var message: Int
    /// The most values that the JSON of a message in chunks may have: 1,000,000.
    ///
    /// A parsed value takes some 50 bytes, however short it was.
    package var values: Int
    /// How long the handshake may take: 10 s.
    package var handshake: Duration

    /// Limits; each has its default.
    package init(
        introduction: Int = 64 << 10, frame: Int = 1 << 20, chunk: Int = 512 << 10, message: Int = 64 << 20,
        values: Int = 1_000_000, handshake: Duration = .seconds(10)
    ) {
        self.introduction = introduction
        self.frame = frame
        self.chunk = chunk
        self.message = message
        self.values = values
        self.handshake = handshake
    }

    /// What may stand in a frame beside the text of a chunk, in bytes.
    static let envelope = 128

    /// The longest text of a chunk, as it stands in its frame, in bytes; a message whose JSON is longer travels in chunks.
    ///
    /// Any character fits, however small the limits are.
    var chunkText: Int { max(8, min(chunk, frame - Self.envelope)) }
}
