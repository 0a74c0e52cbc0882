// SPDX-License-Identifier: Apache-2.0

/// How much of a link is taken in, and how long its beginning may take (docs/protocol.md, Limits).
package struct FrameLimits: Sendable, Hashable {
    /// The largest payload of a frame before the acceptance, in bytes: 64 KiB.
    package var introduction: Int
    /// The largest payload of a frame after the acceptance, in bytes: 1 MiB.
    package var frame: Int
    /// A message whose JSON is longer travels in chunks of about so many bytes: 512 KiB.
    package var chunk: Int
    /// The longest JSON of a message, in bytes: 40 MiB, room for a result of 16 MiB as a JSON string.
    package var message: Int
    /// How long the handshake may take: 10 s.
    package var handshake: Duration

    /// Limits; each has its default.
    package init(
        introduction: Int = 64 << 10, frame: Int = 1 << 20, chunk: Int = 512 << 10, message: Int = 40 << 20,
        handshake: Duration = .seconds(10)
    ) {
        self.introduction = introduction
        self.frame = frame
        self.chunk = chunk
        self.message = message
        self.handshake = handshake
    }
}
