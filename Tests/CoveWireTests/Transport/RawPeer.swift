// SPDX-License-Identifier: Apache-2.0

import CoveWire
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// A peer that says bytes, and reads when it is told to.
struct RawPeer {
    /// What comes in; one task reads.
    private final class Inbound: @unchecked Sendable {
        private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator

        init(_ stream: NIOAsyncChannelInboundStream<ByteBuffer>) { iterator = stream.makeAsyncIterator() }

        func next() async throws -> ByteBuffer? { try await iterator.next() }
    }

    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let inbound: Inbound
    private var buffer = ByteBuffer()

    /// Connects, and closes when the body returns.
    static func connected<Result: Sendable>(
        to place: WirePlace, _ body: (inout RawPeer) async throws -> Result
    ) async throws -> Result {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            }
        }
        let connection =
            switch place {
            case .tcp(let host, let port):
                try await bootstrap.connect(host: host, port: port, channelInitializer: wrap)
            case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: wrap)
            }
        return try await connection.executeThenClose { inbound, outbound in
            var peer = RawPeer(outbound: outbound, inbound: Inbound(inbound))
            return try await body(&peer)
        }
    }

    /// Says bytes as they are.
    func say(_ bytes: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: bytes)) }

    /// Says a frame.
    func say(_ json: String) async throws { try await outbound.write(Frame.containing(json.utf8)) }

    /// Closes its half.
    func finish() { outbound.finish() }

    /// The next frame; nil when the other end closed.
    mutating func frame() async throws -> String? {
        while true {
            if let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self),
                buffer.readableBytes >= 4 + Int(length)
            {
                buffer.moveReaderIndex(forwardBy: 4)
                return buffer.readString(length: Int(length))
            }
            guard try await more() else { return nil }
        }
    }

    /// Reads once; false when the other end closed.
    private mutating func more() async throws -> Bool {
        do {
            guard var bytes = try await inbound.next() else { return false }
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
            return true
        } catch is IOError {
            return false
        }
    }

    /// The frames until the other end closes.
    mutating func frames() async throws -> [String] {
        var frames: [String] = []
        while let frame = try await frame() { frames.append(frame) }
        return frames
    }

    /// All bytes until the other end closes.
    mutating func rest() async throws -> [UInt8] {
        while try await more() {}
        defer { buffer.clear() }
        return Array(buffer.readableBytesView)
    }

    /// Reads about so many bytes and forgets them; how many were read, fewer when the other end closed.
    mutating func skip(_ count: Int) async throws -> Int {
        var skipped = buffer.readableBytes
        buffer.clear()
        while skipped < count, try await more() {
            skipped += buffer.readableBytes
            buffer.clear()
        }
        return skipped
    }

    /// Says who it is, and waits until it is let in.
    mutating func introduce(as role: PeerRole = .worker, token: String = WireScene.join) async throws {
        #expect(try await frame()?.contains("\"greeting\"") == true)
        try await say(
            #"{"type":"introduction","protocol":1,"role":"\#(role.rawValue)","program":"raw","features":[],"token":"\#(token)"}"#
        )
        #expect(try await frame()?.contains("\"acceptance\"") == true)
    }
}
