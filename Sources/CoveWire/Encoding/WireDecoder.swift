// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// What a frame brought.
package enum Arrival<Message: WireMessage> {
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

extension Arrival: Sendable where Message: Sendable {}
extension Arrival: Equatable where Message: Equatable {}

/// Turns the payloads of one direction of a link into messages; one for each link, called for one frame after the other.
package struct WireDecoder<Message: WireMessage>: Sendable {
    package init(limits: FrameLimits) {}

    /// What a frame brought; a refusal that is thrown is to be sent, and the link to be closed.
    package mutating func receive(_ payload: ByteBuffer) throws(Refusal) -> Arrival<Message> { .incomplete }
    /// Takes in the chunk for which `receive` asked for room; the room is given back when the message is complete or the decoder goes.
    package mutating func proceed(with reservation: AssemblyBudget.Reservation) throws(Refusal) -> Arrival<Message> {
        .incomplete
    }
}
