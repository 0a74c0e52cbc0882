// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Turns the messages of one direction of a link into frames; one for each link.
package struct WireEncoder: Sendable {
    /// A message that cannot be sent.
    package struct MessageTooLarge: Error, Sendable, Hashable, CustomStringConvertible {
        /// The length of its JSON, in bytes.
        package var bytes: Int
        /// What the link takes, in bytes.
        package var limit: Int

        package var description: String {
            "a message of \(bytes) bytes is larger than the \(limit) that the link takes"
        }
    }

    package init(limits: FrameLimits) {}

    /// The frames of a message, in their order.
    ///
    /// Other frames may go between them, but not those of another message in several frames.
    package func frames(of message: some WireMessage) throws -> MessageFrames { MessageFrames() }
    /// The frame of an answer that the decoder of the other direction made.
    package func frame(of answer: WireAnswer) -> ByteBuffer { ByteBuffer() }
    /// The frame of a refusal, after which the link is closed.
    package static func frame(of refusal: Refusal) -> ByteBuffer { ByteBuffer() }
}

/// The frames of a message, with their lengths before them; each is made when it is asked for.
package struct MessageFrames: Sendable, Sequence, IteratorProtocol {
    package mutating func next() -> ByteBuffer? { nil }
}

/// What the link itself answers.
package enum WireAnswer: Sendable, Hashable {
    /// A message was skipped.
    case problem(Problem)
    /// A request was not understood.
    case reply(ReplyMessage)
}
