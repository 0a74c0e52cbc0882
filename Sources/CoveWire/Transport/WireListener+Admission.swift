// SPDX-License-Identifier: Apache-2.0

internal import CoveCore
internal import Logging
internal import NIOCore
internal import NIOSSL

extension WireListener {
    /// Who was let in.
    private struct Guest {
        let admission: CoordinatorHandshake.Admission
        let certificate: PeerCertificate?
    }

    /// One connection, from its first byte to its last.
    ///
    /// - Throws: what `worker` and `client` throw.
    func serve(
        _ channel: any Channel, worker: @Sendable (any CoordinatorLink, WirePeer) async throws -> Void,
        client: @Sendable (any ServiceLink, WirePeer) async throws -> Void
    ) async throws {
        switch connections.receive(channel) {
        case .welcome: break
        case .replacing(let oldest): oldest.close(promise: nil)
        case .full: return await turnAway(channel)
        }
        guard let address = await address(of: channel), let frames = await open(channel, address) else {
            return channel.close(promise: nil)
        }
        try await frames.use { payloads in
            let guest: Guest?
            do {
                guest = try await admit(frames, payloads, address)
            } catch {
                log.failed(error, peer: address)
                return
            }
            guard let guest else { return }
            connections.admit(channel)
            let admission = guest.admission
            let peer = WirePeer(
                role: admission.role, rights: admission.rights, address: address,
                certificateName: guest.certificate?.name, program: admission.program)
            var logger = logger
            logger[metadataKey: LogKeys.peer] = "\(address)"
            switch admission.role {
            case .worker:
                let link = WireLink<CoordinatorMessage, WorkerMessage>(
                    frames, admission.limits, configuration.assembly, logger: logger)
                try await link.use(payloads) { try await worker($0, peer) }
            case .client:
                let link = WireLink<ReplyMessage, ClientMessage>(
                    frames, admission.limits, configuration.assembly, logger: logger)
                try await link.use(payloads) { try await client($0, peer) }
            }
        }
    }

    /// Closes a connection for which there is no room, and says why where that can be read: not to a peer that waits for TLS.
    private func turnAway(_ channel: any Channel) async {
        let refusal = Refusal(.busy, "the coordinator has as many links as it can take: try again later")
        log.refused(refusal, peer: channel.remoteAddress?.ipAddress ?? "\(place)")
        // A peer says nothing before it is greeted, so nothing is on its way that would reset the connection.
        if contexts == nil { try? await channel.writeAndFlush(WireEncoder.frame(of: refusal)) }
        try? await channel.close()
    }

    /// Where a peer connected from; nil when it may not connect.
    private func address(of channel: any Channel) async -> String? {
        guard case .unix = place else {
            guard let address = channel.remoteAddress, let ip = address.ipAddress, let port = address.port else {
                return nil
            }
            return "\(WirePlace.tcp(host: ip, port: port))"
        }
        guard let user = await ControlSocket.user(of: channel) else { return nil }
        guard ControlSocket.admits(user) else {
            log.refused(
                Refusal(.unauthorized, "the control socket is for the coordinator's own user"), peer: "user \(user)")
            return nil
        }
        return "user \(user)"
    }

    private func open(_ channel: any Channel, _ address: String) async -> FrameChannel? {
        let security: FrameChannel.Security =
            if let contexts {
                .server(contexts.current(now: configuration.clock.now()), refusal: Self.withoutTLS)
            } else { .none }
        let wall = configuration.clock.wall
        do {
            return try await FrameChannel.open(on: channel, security, maximum: configuration.limits.introduction) {
                error, certificate in
                TLSFailure(place: address, certificate: certificate.flatMap(PeerCertificate.init), now: wall())
                    .serverError(error)
            }
        } catch {
            log.failed(error, peer: address)
            return nil
        }
    }

    /// What a peer without TLS is told.
    private static let withoutTLS = WireEncoder.frame(
        of: Refusal(
            .malformed,
            "this coordinator speaks TLS: connect with TLS, and give the file of its authority with --tls-ca"))

    /// The handshake; nil when the peer was refused or left.
    private func admit(
        _ frames: FrameChannel, _ payloads: FrameChannel.Payloads, _ address: String
    ) async throws -> Guest? {
        let clock = configuration.clock
        let start = clock.now()
        let time = configuration.limits.handshake
        let usesTLS = contexts != nil
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                if usesTLS {
                    try await clock.sleep(time / 2)
                    frames.noticeSilence()
                }
                try await clock.sleep(usesTLS ? time / 2 : time)
                try Task.checkCancellation()
                frames.expire()
            }
            defer { group.cancelAll() }
            let certificate = try await frames.certificate().flatMap(PeerCertificate.init)
            var handshake = CoordinatorHandshake(terms, approach: approach(certificate), now: start)
            guard await frames.send(handshake.greeting) else { return nil }
            while true {
                let action: CoordinatorHandshake.Action
                do {
                    guard let payload = try await payloads.next() else { return nil }
                    action = handshake.received(payload, now: clock.now())
                } catch let error as FrameError {
                    action = handshake.failed(error)
                } catch is FrameChannel.Expired {
                    action = handshake.timePassed(now: max(clock.now(), handshake.deadline))
                }
                switch action {
                case .wait: continue
                case .accept(let admission, let frame):
                    try await frames.raise(maximum: admission.limits.frame)
                    guard await frames.send(frame) else { return nil }
                    return Guest(admission: admission, certificate: certificate)
                case .refuse(let refusal, let frame):
                    log.refused(refusal, peer: address)
                    frames.close(after: frame)
                    return nil
                case .close(let refusal):
                    log.refused(refusal, peer: address)
                    return nil
                }
            }
        }
    }

    private var terms: CoordinatorHandshake.Terms {
        CoordinatorHandshake.Terms(
            program: configuration.program, tokens: configuration.tokens(), limits: configuration.limits,
            features: configuration.features)
    }

    private func approach(_ certificate: PeerCertificate?) -> CoordinatorHandshake.Approach {
        if case .unix = place { return .controlSocket }
        // TLS verified the certificate in this handshake or in the one that this one resumes: its time may be over since.
        let seconds = Double(configuration.clock.wall().milliseconds) / 1_000
        let rights = certificate.flatMap { $0.validity.contains(seconds) ? $0.rights : nil }
        return .network(certificate: rights, takesCertificates: configuration.tls?.clientCA != nil)
    }
}
