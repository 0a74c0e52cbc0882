// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import Logging
internal import NIOCore
internal import NIOPosix

/// Where a coordinator takes links.
package final class WireListener: Sendable {
    /// Where it listens, with the port that the system chose where 0 was asked for.
    package let place: WirePlace
    let configuration: ListenerConfiguration
    let contexts: TLSContextSource?
    let logger: Logger
    let log: RefusalLog
    let connections: OpenConnections
    private let server: NIOAsyncChannel<any Channel, Never>
    private let socket: ControlSocket?

    private init(
        _ place: WirePlace, _ configuration: ListenerConfiguration, _ contexts: TLSContextSource?, _ logger: Logger,
        _ log: RefusalLog, _ connections: OpenConnections, _ server: NIOAsyncChannel<any Channel, Never>,
        _ socket: ControlSocket?
    ) {
        self.place = place
        self.configuration = configuration
        self.contexts = contexts
        self.logger = logger
        self.log = log
        self.connections = connections
        self.server = server
        self.socket = socket
    }

    deinit { server.channel.close(promise: nil) }

    /// Begins to listen; connections wait until `run`.
    ///
    /// A socket in the file system is made with mode 0600, in place of one whose owner is gone.
    /// - Throws: `LinkError`, `.configuration` for what can never work, `.unreachable` when the place is taken.
    package static func bind(
        _ place: WirePlace, _ configuration: ListenerConfiguration, logger: Logger
    ) async throws -> WireListener {
        var logger = logger
        logger[metadataKey: LogKeys.place] = "\(place)"
        guard place.isLoopback || configuration.tls != nil else {
            throw LinkError(
                .configuration,
                "found \(place) without TLS; others than this machine are listened to with a certificate and its key only"
            )
        }
        let now = configuration.clock.now()
        let contexts: TLSContextSource? =
            if case .tcp = place, let tls = configuration.tls {
                try TLSContextSource(tls, now: now, logger: logger)
            } else { nil }
        let log = RefusalLog(clock: configuration.clock, logger: logger)
        let connections = OpenConnections(limit: configuration.connections, strangers: configuration.unauthenticated)
        switch place {
        case .tcp(let host, let port):
            let server = try await bind(host, port, connections, log)
            let actual = WirePlace.tcp(host: host, port: server.channel.localAddress?.port ?? port)
            return WireListener(actual, configuration, contexts, logger, log, connections, server, nil)
        case .unix(let path):
            let socket = try ControlSocket(path: path)
            let descriptor = try socket.bind()
            let server = try await bootstrap(log).bind(descriptor) { child(of: connections, $0) }
            return WireListener(place, configuration, contexts, logger, log, connections, server, socket)
        }
    }

    private static func bind(
        _ host: String, _ port: Int, _ connections: OpenConnections, _ log: RefusalLog
    ) async throws -> NIOAsyncChannel<any Channel, Never> {
        do {
            // Looking up a name blocks.
            let address = try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
            return try await bootstrap(log).bind(to: address) { child(of: connections, $0) }
        } catch {
            throw ConnectionFailure.listening(at: .tcp(host: host, port: port), error)
        }
    }

    private static func bootstrap(_ log: RefusalLog) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptFailures(log))
                }
            }
            // A connection's own task sets it up, and reads then.
            .childChannelOption(.autoRead, value: false)
    }

    /// Takes links until it is cancelled, each in a task of its own.
    ///
    /// `worker` and `client` are called with the links of peers that were let in; when they return, the link is closed.
    /// - Throws: what they throw, which ends the listener.
    package func run(
        worker: @escaping @Sendable (any CoordinatorLink, WirePeer) async throws -> Void,
        client: @escaping @Sendable (any ServiceLink, WirePeer) async throws -> Void
    ) async throws {
        defer {
            socket?.remove()
            connections.closeAll()
        }
        do {
            try await server.executeThenClose { channels, _ in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await channel in channels {
                        group.addTask {
                            try await self.serve(
                                channel, worker: { try await self.guarded(worker, $0, $1) },
                                client: { try await self.guarded(client, $0, $1) })
                        }
                    }
                    // Nobody is let in any more while the last ones leave.
                    server.channel.close(promise: nil)
                    socket?.remove()
                }
            }
        } catch is CancellationError {
            // What a handler throws when it is cancelled was caught before.
        }
    }

    /// Calls a handler; its error, when it is not that of its cancellation, ends the listener.
    private func guarded<Link>(
        _ handler: (Link, WirePeer) async throws -> Void, _ link: Link, _ peer: WirePeer
    ) async throws {
        do {
            try await handler(link, peer)
        } catch {
            if Task.isCancelled { return }
            // The loop that takes connections waits in the group's own task, which nothing cancels.
            server.channel.close(promise: nil)
            throw error is CancellationError
                ? LinkError(.closed, "a link's handler was cancelled, and the listener was not") : error
        }
    }

    /// Knows a new connection from its first moment on, so that it is closed with the listener.
    private static func child(of connections: OpenConnections, _ channel: any Channel) -> EventLoopFuture<any Channel> {
        connections.add(channel)
        return channel.eventLoop.makeSucceededFuture(channel)
    }
}
