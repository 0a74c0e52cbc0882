// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Stands between a socket and TLS, and notices an other end that does not speak TLS.
///
/// Without it such a peer is told nothing: TLS sees only bytes that it cannot read, or waits for some that never come.
final class PlaintextDetector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Asks to refuse an other end that has said nothing yet: TLS begins with the one who connects.
    struct Silence: Sendable {}

    private enum State {
        /// Nothing came yet.
        case undecided
        /// The other end speaks TLS.
        case passing
        /// It does not; what it says further is dropped.
        case refused
    }

    /// What a coordinator tells a peer without TLS; nil at the end that connects.
    private let refusal: ByteBuffer?
    private let error: LinkError
    private var state = State.undecided

    /// The detector of an end that connects.
    init(client error: LinkError) {
        refusal = nil
        self.error = error
    }

    /// The detector of a coordinator; it tells a peer without TLS that it is wrong here.
    init(server refusal: ByteBuffer, _ error: LinkError) {
        self.refusal = refusal
        self.error = error
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if state == .undecided {
            let bytes = unwrapInboundIn(data)
            // The record types of TLS: change cipher spec, alert, handshake, application data.
            guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self), (0x14...0x17).contains(first)
            else { return refuse(context) }
            state = .passing
        }
        if state == .passing { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is Silence else { return context.fireUserInboundEventTriggered(event) }
        if state == .undecided { refuse(context) }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        state = .refused
        context.fireErrorCaught(error)
        guard let refusal else { return context.close(promise: nil) }
        // Below TLS, as the peer expects it.
        context.writeAndFlush(wrapOutboundOut(refusal), promise: nil)
        context.close(mode: .output, promise: nil)
    }
}
