// SPDX-License-Identifier: Apache-2.0

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
        /// The version of the peer's program.
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
        /// Close: the peer refused, or the link ended.
        case close(Refusal)
    }

    /// When the peer must have introduced itself.
    package let deadline: ContinuousClock.Instant

    package init(_ terms: Terms, approach: Approach, now: ContinuousClock.Instant) {
        deadline = now + terms.limits.handshake
    }

    /// The frame to send before anything else.
    package var greeting: ByteBuffer { ByteBuffer() }

    /// A frame came.
    package mutating func received(_ payload: ByteBuffer, now: ContinuousClock.Instant) -> Action { .wait }
    /// What came is no frame.
    package mutating func failed(_ error: FrameError) -> Action { .wait }
    /// Time passed; to be called at `deadline`.
    package mutating func timePassed(now: ContinuousClock.Instant) -> Action { .wait }
}
