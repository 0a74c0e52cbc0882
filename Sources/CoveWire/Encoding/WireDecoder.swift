// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// What a frame brought.
package enum Arrival<Message: WireMessage>: Sendable {
    case message(Message)
    /// The first chunk of a message of so many bytes: reserve them in the `AssemblyBudget` and call `proceed(with:)` before the next frame.
    case reserve(Int)
    /// A chunk of a message that is not complete.
    case incomplete
    /// A message that was skipped: send the answer, and go on.
    case answer(WireAnswer)
    /// The other end skipped a message: log it, and go on.
    case problem(Problem)
    /// The other end refuses the link and closes it.
    case refusal(Refusal)
}

extension Arrival: Equatable where Message: Equatable {}

/// Turns the payloads of one direction of a link into messages; one for each link, called for one frame after the other.
package struct WireDecoder<Message: WireMessage>: Sendable {
    private let limits: FrameLimits
    private let reader = PayloadReader()
    /// The message whose chunks have not all come.
    ///
    /// It is changed where it stands, so that its bytes are held once.
    private var assembly: ChunkAssembly?
    /// The chunk for which room was asked.
    private var first: Chunk?
    private var reservation: AssemblyBudget.Reservation?

    /// A decoder of messages within limits.
    package init(limits: FrameLimits) { self.limits = limits }

    /// Whether a message has begun whose chunks have not all come.
    package var isAssembling: Bool { assembly != nil }

    /// What a frame brought; a refusal that is thrown is to be sent, and the link to be closed.
    package mutating func receive(_ payload: ByteBuffer) throws(Refusal) -> Arrival<Message> {
        precondition(first == nil, "a frame was received before room was reserved for the one before it")
        let content: Content<Message> = try reader.content(of: Array(payload.readableBytesView)).get()
        guard case .chunk(let chunk) = content else { return try arrival(content) }
        if assembly != nil { return try take(chunk) }
        assembly = try ChunkAssembly(beginningWith: chunk, limit: limits.message)
        first = chunk
        return .reserve(chunk.total)
    }

    /// Takes in the chunk for which `receive` asked for room.
    ///
    /// The room is given back when the message is complete, or when the decoder is no longer there.
    package mutating func proceed(
        with reservation: AssemblyBudget.Reservation
    ) throws(Refusal) -> Arrival<Message> {
        guard let chunk = first else { preconditionFailure("room was reserved that no chunk asked for") }
        first = nil
        self.reservation = reservation
        return try take(chunk)
    }

    private mutating func take(_ chunk: Chunk) throws(Refusal) -> Arrival<Message> {
        guard try assembly?.take(chunk) == true, let bytes = assembly?.bytes else { return .incomplete }
        assembly = nil
        defer {
            reservation?.giveBack()
            reservation = nil
        }
        guard ValueCount.isAtMost(limits.values, in: bytes) else {
            throw Refusal(.tooLarge, "found a message of more than \(limits.values) values")
        }
        let content: Content<Message> = try reader.content(of: bytes).get()
        if case .chunk = content { throw Refusal(.malformed, "found a chunk within the chunks of a message") }
        return try arrival(content)
    }

    private func arrival(_ content: Content<Message>) throws(Refusal) -> Arrival<Message> {
        switch content {
        case .message(let message): return .message(message)
        case .problem(let problem): return .problem(problem)
        case .refusal(let refusal): return .refusal(refusal)
        case .answer(let answer): return .answer(answer)
        case .chunk: preconditionFailure("a chunk is no message")
        case .handshake(let type):
            throw Refusal(.outOfTurn, "found another \(type), expected messages after the handshake")
        case .unknown(let type):
            return .answer(
                .problem(
                    Problem(
                        code: Problem.unknownType,
                        message: "a message of the unknown type \"\(PeerText(type, limit: 64))\" was skipped")))
        }
    }
}
