// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import NIOCore

/// The coordinator's side of a link's beginning: a greeting goes out, an introduction comes in, and is accepted or refused.
package struct CoordinatorHandshake: Sendable {
    /// What a coordinator speaks and whom it lets in.
    package struct Terms: Sendable {
        package var versions: ProtocolVersions
        /// The version of its program.
        package var program: String
        package var features: [String]
        package var tokens: AccessTokens
        package var limits: FrameLimits

        package init(
            program: String, tokens: AccessTokens, limits: FrameLimits = .init(), features: [String] = [],
            versions: ProtocolVersions = .supported
        ) {
            self.versions = versions
            self.program = program
            self.features = features
            self.tokens = tokens
            self.limits = limits
        }
    }

    /// How a peer came, which may say who it is.
    package enum Approach: Sendable, Hashable {
        /// Over TCP; the rights are those of a client certificate that TLS verified, nil where there is none.
        ///
        /// `takesCertificates` is whether this place asks for client certificates.
        case network(certificate: Rights?, takesCertificates: Bool)
        /// Over the control socket, which only its owner can open.
        case controlSocket
    }

    /// A peer that was let in.
    package struct Admission: Sendable, Hashable {
        package var role: PeerRole
        package var rights: Rights
        /// The version of the protocol that is spoken.
        package var version: Int
        package var features: [String]
        /// The version of the peer's program, as it says.
        package var program: String
        /// The limits that hold from now on.
        package var limits: FrameLimits
    }

    /// What is to be done.
    package enum Action: Sendable, Hashable {
        /// Wait for more.
        case wait
        /// Raise the frame limit to `Admission.limits.frame`, send the frame, and go on with the role's messages.
        case accept(Admission, send: ByteBuffer)
        /// Send the frame and close.
        case refuse(Refusal, send: ByteBuffer)
        /// Close: the peer refused.
        case close(Refusal)
    }

    private let terms: Terms
    private let approach: Approach
    private var isOver = false
    /// When the peer must have introduced itself.
    package let deadline: ContinuousClock.Instant

    package init(_ terms: Terms, approach: Approach, now: ContinuousClock.Instant) {
        self.terms = terms
        self.approach = approach
        deadline = now + terms.limits.handshake
    }

    /// The frame to send before anything else.
    package var greeting: ByteBuffer {
        let authentication: [String] =
            switch approach {
            case .network(_, let takesCertificates):
                [Greeting.Authentication.token] + (takesCertificates ? [Greeting.Authentication.certificate] : [])
            case .controlSocket: [Greeting.Authentication.socket]
            }
        return WireEncoder.frame(
            of: Greeting(versions: terms.versions, program: terms.program, authentication: authentication))
    }

    /// A frame came.
    package mutating func received(_ payload: ByteBuffer, now: ContinuousClock.Instant) -> Action {
        if isOver { return .wait }
        if now >= deadline { return timePassed(now: now) }
        let frame: Result<HandshakeFrame, Refusal> = payload.withUnsafeReadableBytes { PayloadReader().read($0) }
        switch frame {
        case .failure(let refusal): return refuse(refusal)
        case .success(.introduction(let version, let introduction)):
            // What another version says is not understood here, so that its version is the first thing to be looked at.
            guard terms.versions.contains(version) else { return refuse(wrongVersion(version)) }
            switch introduction.flatMap(admission) {
            case .success(let admission):
                isOver = true
                return .accept(admission, send: WireEncoder.frame(of: acceptance(of: admission)))
            case .failure(let refusal): return refuse(refusal)
            }
        case .success(.refusal(let refusal)):
            isOver = true
            return .close(Refusal(code: refusal.code, message: PeerText(refusal.message).description))
        case .success(let other):
            return refuse(Refusal(.outOfTurn, "found \(other.name), expected an introduction"))
        }
    }

    /// What came is no frame.
    package mutating func failed(_ error: FrameError) -> Action { isOver ? .wait : refuse(error.refusal) }

    /// Time passed; to be called at `deadline`.
    package mutating func timePassed(now: ContinuousClock.Instant) -> Action {
        guard !isOver, now >= deadline else { return .wait }
        return refuse(
            Refusal(.timedOut, "found no introduction within \(terms.limits.handshake.milliseconds) milliseconds"))
    }

    private mutating func refuse(_ refusal: Refusal) -> Action {
        isOver = true
        return .refuse(refusal, send: WireEncoder.frame(of: refusal))
    }

    private func wrongVersion(_ version: Int) -> Refusal {
        Refusal(
            .version,
            "the peer chose version \(version) of the protocol, and this coordinator (\(terms.program)) speaks "
                + "\(terms.versions): upgrade the \(version > terms.versions.highest ? "coordinator" : "peer")")
    }

    private func acceptance(of admission: Admission) -> Acceptance {
        Acceptance(
            version: admission.version, features: admission.features, rights: admission.rights,
            frame: admission.limits.frame, message: admission.limits.message)
    }
}

extension CoordinatorHandshake {
    /// Whether and as what a peer is let in.
    private func admission(of introduction: Introduction) -> Result<Admission, Refusal> {
        rights(of: introduction).flatMap { rights in
            guard rights.allow(introduction.role) else { return .failure(forbidden(introduction.role, rights)) }
            return .success(
                Admission(
                    role: introduction.role, rights: rights, version: introduction.version,
                    features: introduction.features.filter(terms.features.contains),
                    program: PeerText(introduction.program, limit: 64).description, limits: terms.limits))
        }
    }

    /// What a peer may do by its way here, its certificate and its token.
    private func rights(of introduction: Introduction) -> Result<Rights, Refusal> {
        guard case .network(let certificate, let takesCertificates) = approach else { return .success(.submit) }
        guard let token = introduction.token else {
            guard let certificate else {
                return .failure(
                    Refusal(
                        .unauthorized,
                        "no token was shown\(takesCertificates ? " and no client certificate" : ""): a "
                            + "\(introduction.role.rawValue) shows one of the tokens that the coordinator keeps in its store"
                    ))
            }
            return .success(certificate)
        }
        // A wrong token is told also when the certificate would do: whoever shows it takes it for a good one.
        guard let rights = terms.tokens.rights(of: token) else {
            return .failure(
                Refusal(
                    .unauthorized, "the token that was shown is none of this coordinator's: is it of another store?"))
        }
        return .success(rights.union(certificate ?? []))
    }

    private func forbidden(_ role: PeerRole, _ rights: Rights) -> Refusal {
        if case .controlSocket = approach {
            return Refusal(.forbidden, "workers do not join over the control socket: connect to the coordinator's port")
        }
        let needed = role == .worker ? "join" : "submit or read"
        return Refusal(.forbidden, "what was shown gives \(rights), and a \(role.rawValue) needs \(needed)")
    }
}
