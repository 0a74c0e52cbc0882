// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1

/// One request on a connection, and the bytes of its answer.
enum LoopbackExchange {
    typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, Never>

    /// What came of a connection.
    enum Arrival: Sendable {
        case request(LoopbackRequest)
        case refused(LoopbackAnswer)
        /// The other end left, or was too slow.
        case gone
    }

    /// The bytes that a request may have; a real one has some 300.
    private static let requestBytes = 16 << 10

    /// Takes a connected channel that does not read yet, and begins to read.
    static func open(on channel: any Channel) async throws -> Connection {
        try await channel.eventLoop.submit {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = 8 << 10
            limits.maxHeaderListSize = requestBytes
            limits.maxHeaderFieldCount = 64
            let decoder = HTTPRequestDecoder(
                leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop, limitConfiguration: limits)
            try channel.pipeline.syncOperations.addHandlers([
                ByteAllowance(requestBytes), ByteToMessageHandler(decoder),
            ])
            let connection = try Connection(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4)))
            try channel.syncOptions?.setOption(.autoRead, value: true)
            return connection
        }.get()
    }

    /// Reads a request.
    static func request(of parts: NIOAsyncChannelInboundStream<HTTPServerRequestPart>, port: Int) async -> Arrival {
        var head: HTTPRequestHead?
        do {
            for try await part in parts {
                switch part {
                case .head(let first): head = first
                case .body: return .refused(error(413, "RequestTooLarge", "a request has no body"))
                case .end: return head.map { check($0, port: port) } ?? .gone
                }
            }
            return .gone
        } catch let problem as HTTPParserError {
            return .refused(error(400, "BadRequest", "not a request of HTTP/1.1: \(problem)"))
        } catch is ByteAllowance.Exhausted {
            return .refused(error(431, "RequestTooLarge", "a request has \(requestBytes) bytes at most"))
        } catch {
            return .gone
        }
    }

    private static func check(_ head: HTTPRequestHead, port: Int) -> Arrival {
        let hosts = head.headers["host"]
        guard hosts == ["127.0.0.1:\(port)"] || hosts == ["localhost:\(port)"] else {
            return .refused(error(403, "WrongHost", "the Host is not the address of this endpoint"))
        }
        guard head.method == .GET else { return .refused(error(405, "MethodNotAllowed", "only GET is answered")) }
        let authorization = head.headers["authorization"]
        return .request(
            LoopbackRequest(path: head.uri, authorization: authorization.count == 1 ? authorization[0] : nil))
    }

    private static func error(_ status: Int, _ code: String, _ message: String) -> LoopbackAnswer {
        LoopbackAnswer(status: status, code: code, message: message)
    }

    /// An answer as it goes out; the connection ends with it.
    static func bytes(of answer: LoopbackAnswer) -> ByteBuffer {
        let status = HTTPResponseStatus(statusCode: answer.status)
        var bytes = ByteBuffer(
            string: "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(answer.body.count)\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n")
        bytes.writeBytes(answer.body)
        return bytes
    }
}

/// Lets so many bytes of a connection through, and ends it with an error when there are more.
///
/// The decoder of HTTP bounds header fields, but not the line before them.
private final class ByteAllowance: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    struct Exhausted: Error {}

    private var rest: Int

    init(_ bytes: Int) { rest = bytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard rest >= 0 else { return }
        rest -= unwrapInboundIn(data).readableBytes
        if rest >= 0 { context.fireChannelRead(data) } else { context.fireErrorCaught(Exhausted()) }
    }
}
