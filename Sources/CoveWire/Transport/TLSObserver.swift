// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Stands behind TLS: says when it is agreed on, and turns its errors into ones that say what to do.
final class TLSObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let outcome: EventLoopPromise<NIOSSLCertificate?>
    private let explain: @Sendable (any Error, NIOSSLCertificate?) -> LinkError

    /// Completes `outcome` with the other end's certificate, where it showed one, or with a `LinkError`.
    init(
        _ outcome: EventLoopPromise<NIOSSLCertificate?>,
        explain: @escaping @Sendable (any Error, NIOSSLCertificate?) -> LinkError
    ) {
        self.outcome = outcome
        self.explain = explain
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { outcome.succeed(certificate(context)) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let explained: any Error =
            switch error {
            case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError, is NIOSSLCloseTimedOutError:
                explain(error, certificate(context))
            default: error
            }
        outcome.fail(explained)
        context.fireErrorCaught(explained)
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { outcome.fail(ChannelError.ioOnClosedChannel) }

    /// The other end's certificate, also one that was not accepted.
    private func certificate(_ context: ChannelHandlerContext) -> NIOSSLCertificate? {
        try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self).peerCertificate
    }
}
