// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
package import NIOCore

/// Turns the messages of one direction of a link into frames; one for each link.
package struct WireEncoder: Sendable {
    /// A message that cannot be sent.
    package struct MessageTooLarge: Error, Sendable, Hashable, CustomStringConvertible {
        /// The length of its JSON, in bytes.
        package var bytes: Int
        /// What the link takes, in bytes.
        package var limit: Int

        package init(bytes: Int, limit: Int) {
            self.bytes = bytes
            self.limit = limit
        }

        package var description: String {
            "a message of \(bytes) bytes is larger than the \(limit) that the link takes"
        }
    }

    private let limits: FrameLimits
    private let encoder = Self.makeEncoder()

    /// An encoder of messages within limits: those of the acceptance.
    package init(limits: FrameLimits) { self.limits = limits }

    /// The frames of a message, in their order.
    ///
    /// A message of many reports becomes several messages of about a chunk's length where that is possible. A result that is too large
    /// becomes a failure of its attempt, and a reply that is, a failure of its request. Other frames may go
    /// between the frames of a message, but not those of another message in several frames.
    ///
    /// - Throws: `MessageTooLarge`; no frame of the message was made.
    package func frames(of message: some WireMessage) throws -> MessageFrames {
        MessageFrames(try message.parts(of: limits.chunk).map(text), limits: limits)
    }

    private func text(of message: some WireMessage) throws -> [UInt8] {
        var writer = JSONWriter()
        let text = try message.write(to: &writer, encoder) ? writer.bytes : Array(try encoder.encode(message))
        if text.count <= limits.message { return text }
        let problem = MessageTooLarge(bytes: text.count, limit: limits.message)
        guard let replacement = message.replacement(for: problem) else { throw problem }
        return try self.text(of: replacement)
    }

    /// The frame of an answer that the decoder of the other direction made.
    package func frame(of answer: WireAnswer) -> ByteBuffer {
        switch answer {
        case .problem(let problem): Self.frame(of: problem)
        case .reply(let reply): Self.frame(of: reply)
        }
    }

    /// The frame of a refusal, after which the link is closed.
    package static func frame(of refusal: Refusal) -> ByteBuffer { frame(of: RefusalFrame(refusal)) }

    /// The frame of a value that is small and of our own making.
    static func frame(of value: some Encodable) -> ByteBuffer {
        do {
            return Frame.containing(try makeEncoder().encode(value))
        } catch {
            preconditionFailure("a frame without numbers out of range could not be written: \(error)")
        }
    }

    private static func makeEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return encoder
    }
}

/// What the link itself answers.
package enum WireAnswer: Sendable, Hashable {
    /// A message was skipped.
    case problem(Problem)
    /// A request was not understood.
    case reply(ReplyMessage)
}

/// A refusal as it travels.
package struct RefusalFrame: Sendable, Hashable, Codable {
    /// The value of `type`.
    static let type = "refusal"

    package var refusal: Refusal

    package init(_ refusal: Refusal) { self.refusal = refusal }

    private enum Key: String, CodingKey {
        case type
    }

    package init(from decoder: any Decoder) throws { refusal = try Refusal(from: decoder) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.type, forKey: .type)
        try refusal.encode(to: encoder)
    }
}
