// SPDX-License-Identifier: Apache-2.0

internal import CoveCore
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// A request of a process on this machine.
package struct LoopbackRequest: Sendable {
    /// The path, with a query if there is one.
    package let path: String
    /// What stands in `Authorization`.
    package let authorization: String?

    package init(path: String, authorization: String?) {
        self.path = path
        self.authorization = authorization
    }
}

/// The answer to it: a status and JSON.
package struct LoopbackAnswer: Sendable {
    package let status: Int
    package let body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    /// An error, with a word for programs and a sentence for people.
    package init(status: Int, code: String, message: String) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("code", code)
        writer.member("message", message)
        writer.endObject()
        self.init(status: status, body: writer.bytes)
    }
}

/// Answers HTTP GET on a port of 127.0.0.1, for programs that this process has started.
///
/// Anybody on this machine can connect: a connection has one request of a bounded size and a few seconds for it, there are few
/// connections at a time, and one that takes its time has to go when others come. Whether who asks may know the answer is for the answering
/// to decide. A `Host` of another name is refused: it comes from a browser whose page has had its name point here.
package final class LoopbackListener: Sendable {
    /// How many connections there may be, and how many of them that have not asked yet.
    private static let connections = (all: 1_024, silent: 128)
    /// How long a request may take to come.
    private static let patience = Duration.seconds(5)

    /// The port, which the system has chosen.
    package let port: Int
    private let server: NIOAsyncChannel<any Channel, Never>
    private let open: OpenConnections
    private let clock: LinkClock

    private init(
        _ port: Int, _ server: NIOAsyncChannel<any Channel, Never>, _ open: OpenConnections, _ clock: LinkClock
    ) {
        self.port = port
        self.server = server
        self.open = open
        self.clock = clock
    }

    deinit { server.channel.close(promise: nil) }

    /// Begins to listen; connections wait until `run`.
    ///
    /// - Throws: `LinkError` when no port can be had.
    package static func bind(clock: LinkClock = .system) async throws -> LoopbackListener {
        let open = OpenConnections(limit: connections.all, strangers: connections.silent)
        do {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: 1_024)
                // A connection's own task sets it up, and reads then.
                .childChannelOption(.autoRead, value: false)
                .bind(host: "127.0.0.1", port: 0) { channel in
                    open.add(channel)
                    return channel.eventLoop.makeSucceededFuture(channel)
                }
            guard let port = server.channel.localAddress?.port else {
                server.channel.close(promise: nil)
                throw LinkError(.unreachable, "a port of 127.0.0.1 has no number")
            }
            return LoopbackListener(port, server, open, clock)
        } catch let error as LinkError {
            throw error
        } catch {
            throw ConnectionFailure.listening(at: .tcp(host: "127.0.0.1", port: 0), error)
        }
    }

    /// Answers requests until it is cancelled, each in a task of its own.
    package func run(_ answer: @escaping @Sendable (LoopbackRequest) async -> LoopbackAnswer) async {
        defer { open.closeAll() }
        try? await server.executeThenClose { channels, _ in
            try await withThrowingDiscardingTaskGroup { group in
                for try await channel in channels {
                    group.addTask { await self.serve(channel, answer) }
                }
                open.closeAll()
            }
        }
    }

    private func serve(
        _ channel: any Channel, _ answer: @Sendable (LoopbackRequest) async -> LoopbackAnswer
    ) async {
        switch open.receive(channel) {
        case .welcome: break
        case .replacing(let oldest): oldest.close(promise: nil)
        case .full: return channel.close(promise: nil)
        }
        do {
            try await LoopbackExchange.open(on: channel).executeThenClose { parts, _ in
                let request: LoopbackExchange.Arrival = await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        do { try await self.clock.sleep(Self.patience) } catch { return }
                        channel.close(promise: nil)
                    }
                    defer { group.cancelAll() }
                    return await LoopbackExchange.request(of: parts, port: port)
                }
                switch request {
                case .gone: return
                case .refused(let refusal): try await channel.writeAndFlush(LoopbackExchange.bytes(of: refusal))
                case .request(let request):
                    open.admit(channel)
                    try await channel.writeAndFlush(LoopbackExchange.bytes(of: await answer(request)))
                }
            }
        } catch {
            // Whoever asked is gone, or what it said was no HTTP; there is nobody to tell.
            channel.close(promise: nil)
        }
    }
}
