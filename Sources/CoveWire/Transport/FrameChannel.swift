// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A connection that carries frames, perhaps within TLS.
final class FrameChannel: Sendable {
    /// What comes in: payloads, and the error with which the connection ended.
    ///
    /// Unchecked, because it is taken from by one task at a time: by the one that makes the link, and then by the link's own.
    final class Payloads: @unchecked Sendable {
        private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

        fileprivate init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { iterator = inbound.makeAsyncIterator() }

        /// The next payload; nil when the other end closed, or the caller is cancelled.
        func next() async throws -> ByteBuffer? { try await iterator.next() }
    }

    /// What is thrown where payloads are waited for when `expire` was called.
    struct Expired: Error {}

    /// What stands between the socket and the frames.
    enum Security: Sendable {
        case none
        /// A coordinator's TLS; a peer without it is told `refusal`.
        case server(NIOSSLContext, refusal: ByteBuffer)
        /// A peer's TLS; `place` is what it connected to.
        case client(NIOSSLContext, WirePlace)
    }

    /// How many bytes are on their way at most, and one frame more.
    private static let window = 128 << 10
    /// How long a close waits until what was sent has arrived.
    private static let linger = TimeAmount.seconds(2)

    private let connection: NIOAsyncChannel<ByteBuffer, Never>
    private let decoder: NIOLoopBound<FrameDecoder>
    private let outgoing = SendWindow(window)
    /// The other end's certificate, once TLS is agreed on; nil without one or without TLS.
    private let secured: EventLoopFuture<NIOSSLCertificate?>

    private init(
        _ connection: NIOAsyncChannel<ByteBuffer, Never>, _ decoder: NIOLoopBound<FrameDecoder>,
        _ secured: EventLoopFuture<NIOSSLCertificate?>
    ) {
        self.connection = connection
        self.decoder = decoder
        self.secured = secured
    }

    /// Takes a connected channel that does not read yet, and begins to read.
    ///
    /// Payloads have at most `maximum` bytes. Errors of TLS are passed through `explain`.
    static func open(
        on channel: any Channel, _ security: Security, maximum: Int,
        explain: @escaping @Sendable (any Error, NIOSSLCertificate?) -> LinkError
    ) async throws -> FrameChannel {
        do {
            return try await channel.eventLoop.submit {
                SocketSettings.apply(to: channel)
                let secured = try secure(channel, security, explain)
                let decoder = FrameDecoder(maximum: maximum)
                try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
                // Two payloads of up to 1 MiB are held beside those of the last read; then the socket is not read.
                let connection = try NIOAsyncChannel<ByteBuffer, Never>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
                try channel.syncOptions?.setOption(.autoRead, value: true)
                return FrameChannel(connection, NIOLoopBound(decoder, eventLoop: channel.eventLoop), secured)
            }.get()
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    private static func secure(
        _ channel: any Channel, _ security: Security,
        _ explain: @escaping @Sendable (any Error, NIOSSLCertificate?) -> LinkError
    ) throws -> EventLoopFuture<NIOSSLCertificate?> {
        let pipeline = channel.pipeline.syncOperations
        let outcome = channel.eventLoop.makePromise(of: NIOSSLCertificate?.self)
        do {
            switch security {
            case .none:
                outcome.succeed(nil)
            case .server(let context, let refusal):
                let error = LinkError(.tls, "the peer does not speak TLS")
                try pipeline.addHandler(PlaintextDetector(server: refusal, error))
                try pipeline.addHandler(TLSObserver(outcome, explain: explain))
                try pipeline.addHandler(
                    NIOSSLServerHandler(context: context),
                    position: .after(pipeline.handler(type: PlaintextDetector.self)))
            case .client(let context, let place):
                try pipeline.addHandler(PlaintextDetector(client: TLSFailure.plaintext("\(place)")))
                try pipeline.addHandler(TLSObserver(outcome, explain: explain))
                // Addresses are checked against the certificate too, but are no server names (RFC 6066).
                var name: String?
                if case .tcp(let host, _) = place, !WirePlace.isNumeric(host) { name = host }
                try pipeline.addHandler(
                    NIOSSLClientHandler(context: context, serverHostname: name),
                    position: .after(pipeline.handler(type: PlaintextDetector.self)))
            }
        } catch {
            outcome.fail(error)
            throw error
        }
        return outcome.futureResult
    }

    /// Waits until TLS is agreed on, where there is TLS; the other end's certificate, where it showed one.
    func certificate() async throws -> NIOSSLCertificate? { try await secured.get() }

    /// Gives the body what comes in; the connection is closed when the body returns, after what was sent has arrived.
    func use<Result: Sendable>(_ body: (Payloads) async throws -> Result) async throws -> Result {
        try await connection.executeThenClose { inbound, _ in
            let payloads = Payloads(inbound)
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(try await body(payloads))
            } catch {
                result = .failure(error)
            }
            close()
            try? await connection.channel.closeFuture.get()
            return try result.get()
        }
    }

    /// Sends a frame; waits while the other end does not read.
    ///
    /// False when the connection is closed, or the caller is cancelled while it waits.
    func send(_ frame: ByteBuffer, _ line: SendWindow.Line = .short) async -> Bool {
        let bytes = frame.readableBytes
        guard await outgoing.enter(bytes, line) else { return false }
        // Held until the socket took it, so that the window counts what is in this process's memory.
        connection.channel.writeAndFlush(frame).whenComplete { _ in self.outgoing.leave(bytes) }
        return true
    }

    /// Sends a last frame, without waiting, and closes.
    func close(after frame: ByteBuffer) {
        guard outgoing.close() else { return }
        connection.channel.writeAndFlush(frame, promise: nil)
        finish()
    }

    /// Closes in both directions; what was sent still arrives, if the other end reads it soon.
    func close() {
        guard outgoing.close() else { return }
        finish()
    }

    private func finish() {
        let channel = connection.channel
        channel.eventLoop.execute {
            // Our half first: closing all while there is something unread would reset the connection, and the other
            // end would lose what it has not read.
            channel.close(mode: .output, promise: nil)
            let force = channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in force.cancel() }
        }
    }

    /// Larger payloads are taken from now on.
    func raise(maximum: Int) async throws {
        let decoder = decoder
        try await connection.channel.eventLoop.submit { decoder.value.maximum = maximum }.get()
    }

    /// Makes whoever waits for payloads, or for TLS, get `Expired`.
    func expire() { connection.channel.pipeline.fireErrorCaught(Expired()) }

    /// Makes whoever waits for payloads get `Expired` after a time, unless that is cancelled.
    func expire(after delay: Duration) -> Scheduled<Void> {
        let pipeline = connection.channel.pipeline
        return connection.channel.eventLoop.scheduleTask(in: TimeAmount(delay)) { pipeline.fireErrorCaught(Expired()) }
    }

    /// Refuses an other end from which nothing came yet although TLS is expected.
    func noticeSilence() { connection.channel.pipeline.fireUserInboundEventTriggered(PlaintextDetector.Silence()) }
}
