// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix

/// A connection of frames to a process of this machine, over a Unix socket that both were given.
///
/// The other end may be any program: a frame over the limit is refused before it is read, and a slow reader slows its sender.
package final class LocalChannel: Sendable {
    /// What comes in, for one task at a time.
    package struct Incoming {
        fileprivate let payloads: FrameChannel.Payloads

        /// The next frame's payload; nil when the other end closed, or the caller is cancelled.
        ///
        /// - Throws: an error when the connection is broken, or a frame is over the limit.
        package func next() async throws -> [UInt8]? {
            try await payloads.next().map { Array($0.readableBytesView) }
        }
    }

    private let frames: FrameChannel

    private init(_ frames: FrameChannel) { self.frames = frames }

    /// Takes over a connected socket.
    ///
    /// - Parameters:
    ///   - descriptor: the socket, which is closed with the channel.
    ///   - maximum: the longest payload that is taken, in bytes.
    /// - Throws: an error when it is no socket.
    package static func open(owning descriptor: CInt, maximum: Int) async throws -> LocalChannel {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .withConnectedSocket(descriptor).get()
        return LocalChannel(
            try await FrameChannel.open(on: channel, .none, maximum: maximum) { error, _ in
                LinkError(.closed, "\(error)")
            })
    }

    /// Gives the body what comes in; the connection is closed when it returns.
    package func use<Result: Sendable>(_ body: (Incoming) async throws -> Result) async throws -> Result {
        try await frames.use { try await body(Incoming(payloads: $0)) }
    }

    /// Sends a payload as a frame; waits while the other end does not read.
    ///
    /// False when the connection is closed, or the caller is cancelled while it waits.
    @discardableResult
    package func send(_ payload: [UInt8]) async -> Bool {
        return await frames.send(Frame.containing(payload))
    }

    /// Closes the connection; who waits for frames gets none.
    package func close() { frames.close() }
}

/// What a process of this machine writes into a pipe.
package enum LocalOutput {
    /// Reads a pipe to its end, and gives each part of it to `take`.
    ///
    /// The descriptor is closed in the end. Returns early when the caller is cancelled.
    package static func read(owning descriptor: CInt, _ take: (UnsafeRawBufferPointer) -> Void) async {
        do {
            let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .takingOwnershipOfDescriptor(input: descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, Never>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4)))
                    }
                }
            try await channel.executeThenClose { inbound, _ in
                for try await part in inbound { part.withUnsafeReadableBytes(take) }
            }
        } catch {
            // A pipe that cannot be read has no more to say.
        }
    }
}
