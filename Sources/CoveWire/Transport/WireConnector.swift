// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Makes links to a coordinator.
package struct WireConnector: Sendable {
    /// Where the coordinator listens.
    package let place: WirePlace
    private let tls: WireTLS.Client?
    private let token: String?
    private let program: String
    private let limits: FrameLimits
    private let connectLimit: Duration
    private let assembly: AssemblyBudget
    private let clock: LinkClock
    private let logger: Logger
    private let contexts = LazyContexts()

    /// A connector; nothing is read or connected before the first link.
    ///
    /// - Parameters:
    ///   - tls: nil for a connection without TLS, which only loopback places have
    ///   - token: the secret that says who this is, where a certificate or the control socket does not
    ///   - program: the version of the program, for the coordinator's log
    ///   - connectLimit: how long the name service and the connection may take together
    package init(
        place: WirePlace, tls: WireTLS.Client? = nil, token: String? = nil, program: String, logger: Logger,
        limits: FrameLimits = .init(), connectLimit: Duration = .seconds(10), assembly: AssemblyBudget = .shared,
        clock: LinkClock = .system
    ) {
        self.place = place
        self.tls = tls
        self.token = token
        self.program = program
        self.limits = limits
        self.connectLimit = connectLimit
        self.assembly = assembly
        self.clock = clock
        var logger = logger
        logger[metadataKey: LogKeys.place] = "\(place)"
        self.logger = logger
    }

    /// Links as a worker; the role needs the right to join.
    package var workerLinks: some LinkSource<WorkerMessage, CoordinatorMessage> {
        Links<WorkerMessage, CoordinatorMessage>(connector: self, role: .worker)
    }

    /// Links as a client; the role needs the right to read or to submit.
    package var clientLinks: some LinkSource<ClientMessage, ReplyMessage> {
        Links<ClientMessage, ReplyMessage>(connector: self, role: .client)
    }

    private struct Links<Outgoing: WireMessage, Incoming: WireMessage>: LinkSource {
        let connector: WireConnector
        let role: PeerRole

        func withLink<Result: Sendable>(
            _ body: (any Link<Outgoing, Incoming>) async throws -> Result
        ) async throws -> Result {
            try await connector.withLink(as: role, body)
        }
    }

    private func withLink<Outgoing: WireMessage, Incoming: WireMessage, Result: Sendable>(
        as role: PeerRole, _ body: (any Link<Outgoing, Incoming>) async throws -> Result
    ) async throws -> Result {
        let secret = try accessToken()
        let security = try security()
        let channel = try await connect()
        let wall = clock.wall
        let place = place
        let frames: FrameChannel
        do {
            let maximum = max(limits.introduction, limits.frame)
            frames = try await FrameChannel.open(on: channel, security, maximum: maximum) {
                error, certificate in
                TLSFailure(place: "\(place)", certificate: certificate.flatMap(PeerCertificate.init), now: wall())
                    .clientError(error)
            }
        } catch {
            throw ConnectionFailure.losing(place, error)
        }
        return try await frames.use { payloads in
            let limits = try await introduce(frames, payloads, role, secret)
            let link = WireLink<Outgoing, Incoming>(frames, limits, assembly, logger: logger)
            return try await link.use(payloads) { try await body($0) }
        }
    }

    private func accessToken() throws(LinkError) -> AccessToken? {
        guard let token else { return nil }
        guard let secret = AccessToken(token) else {
            throw LinkError(
                .configuration, "the token is none: expected up to 1,024 printable characters without spaces")
        }
        return secret
    }

    private func security() throws(LinkError) -> FrameChannel.Security {
        guard case .tcp = place else { return .none }
        guard let tls else {
            guard place.isLoopback else {
                throw LinkError(
                    .configuration, "found \(place) without TLS; only this machine is connected to without it")
            }
            return .none
        }
        return .client(try contexts.current(tls, now: clock.now(), logger), place)
    }

    private func connect() async throws -> any Channel {
        let attempt = ConnectAttempt()
        // Whoever sets the connection up reads then.
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .connectTimeout(TimeAmount(connectLimit))
        do {
            return try await withTaskCancellationHandler {
                switch place {
                case .tcp(let host, let port):
                    return try await bootstrap.connect(host: host, port: port) { attempt.takes($0) }
                case .unix(let path):
                    let socket = try ControlSocket(path: path)
                    // Its folder stays open until there is a connection.
                    defer { withExtendedLifetime(socket) {} }
                    return try await bootstrap.connect(to: socket.address()) { attempt.takes($0) }
                }
            } onCancel: {
                attempt.cancel()
            }
        } catch {
            try Task.checkCancellation()
            throw ConnectionFailure.connecting(to: place, within: connectLimit, error)
        }
    }

    /// Refuses a coordinator whose certificate is for another name than it was connected by; nothing was said to it yet.
    private func check(_ certificate: NIOSSLCertificate?) throws(LinkError) {
        guard let certificate, case .tcp(let host, _) = place, !WirePlace.isNumeric(host) else { return }
        let shown = PeerCertificate(certificate)
        guard shown?.isFor(name: host) != true else { return }
        throw TLSFailure(place: "\(place)", certificate: shown, now: clock.wall()).nameError()
    }

    /// The handshake; the limits that hold from now on.
    private func introduce(
        _ frames: FrameChannel, _ payloads: FrameChannel.Payloads, _ role: PeerRole, _ secret: AccessToken?
    ) async throws -> FrameLimits {
        let clock = clock
        let time = limits.handshake
        var handshake = PeerHandshake(role: role, program: program, token: secret, limits: limits, now: clock.now())
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await clock.sleep(time)
                try Task.checkCancellation()
                frames.expire()
            }
            defer { group.cancelAll() }
            do {
                try check(try await frames.certificate())
                while true {
                    let action: PeerHandshake.Action
                    do {
                        if let payload = try await payloads.next() {
                            action = handshake.received(payload, now: clock.now())
                        } else {
                            try Task.checkCancellation()
                            action = handshake.closed()
                        }
                    } catch let error as FrameError {
                        action = handshake.failed(error)
                    } catch is FrameChannel.Expired {
                        action = handshake.timePassed(now: max(clock.now(), handshake.deadline))
                    }
                    switch action {
                    case .wait: continue
                    case .send(let frame): _ = await frames.send(frame)
                    case .accepted(_, let limits):
                        try await frames.raise(maximum: limits.frame)
                        return limits
                    case .fail(let error, let frame):
                        if let frame { frames.close(after: frame) }
                        throw LinkError(error.code, "\(place): \(error.message)")
                    }
                }
            } catch {
                try Task.checkCancellation()
                throw ConnectionFailure.losing(place, error)
            }
        }
    }
}

/// The TLS settings of a connector, from its first link on.
private final class LazyContexts: Sendable {
    private let source = Mutex<TLSContextSource?>(nil)

    func current(_ tls: WireTLS.Client, now: ContinuousClock.Instant, _ logger: Logger) throws(LinkError)
        -> NIOSSLContext
    {
        if let source = source.withLock({ $0 }) { return source.current(now: now) }
        let made = try TLSContextSource(tls, now: now, logger: logger)
        source.withLock { $0 = made }
        return made.current(now: now)
    }
}

/// The channels of one attempt to connect, so that it can be given up.
private final class ConnectAttempt: Sendable {
    private struct State {
        var isCancelled = false
        var channels: [any Channel] = []
    }

    private let state = Mutex(State())

    func takes(_ channel: any Channel) -> EventLoopFuture<any Channel> {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.channels.append(channel) }
            return state.isCancelled
        }
        if isCancelled { return channel.eventLoop.makeFailedFuture(CancellationError()) }
        return channel.eventLoop.makeSucceededFuture(channel)
    }

    func cancel() {
        let channels = state.withLock { state in
            state.isCancelled = true
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }
}
