// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// A worker's or client's side of a link's beginning.
package struct PeerHandshake: Sendable {
    /// What is to be done.
    package enum Action: Sendable, Hashable {
        /// Wait for more.
        case wait
        /// Send the frame, and wait.
        case send(ByteBuffer)
        /// Raise the frame limit to `limits.frame` before the next frame is cut, and go on with the role's messages.
        case accepted(Acceptance, limits: FrameLimits)
        /// Send the frame, where there is one, and close.
        case fail(LinkError, send: ByteBuffer?)
    }

    /// When the coordinator must have accepted or refused.
    package let deadline: ContinuousClock.Instant

    package init(
        role: PeerRole, program: String, token: AccessToken?, limits: FrameLimits = .init(), features: [String] = [],
        versions: ProtocolVersions = .supported, now: ContinuousClock.Instant
    ) {
        deadline = now + limits.handshake
    }

    /// A frame came.
    package mutating func received(_ payload: ByteBuffer, now: ContinuousClock.Instant) -> Action { .wait }
    /// What came is no frame.
    package mutating func failed(_ error: FrameError) -> Action { .wait }
    /// Time passed; to be called at `deadline`.
    package mutating func timePassed(now: ContinuousClock.Instant) -> Action { .wait }
    /// The connection ended.
    package mutating func closed() -> Action { .wait }
}
