// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import NIOCore

/// A worker's or client's side of a link's beginning: a greeting comes in, an introduction goes out, and is accepted or refused.
package struct PeerHandshake: Sendable {
    /// What is to be done.
    package enum Action: Sendable, Hashable {
        /// Wait for more.
        case wait
        /// Send the frame, and wait.
        case send(ByteBuffer)
        /// Go on with the role's messages, within these limits from now on.
        case accepted(Acceptance, limits: FrameLimits)
        /// Send the frame, where there is one, and close.
        case fail(LinkError, send: ByteBuffer?)
    }

    private enum State {
        /// → introduced, over
        case awaitingGreeting
        /// The introduction was sent, for this version. → over
        case introduced(version: Int)
        case over
    }

    private let role: PeerRole
    private let program: String
    private let token: AccessToken?
    private let limits: FrameLimits
    private let features: [String]
    private let versions: ProtocolVersions
    private var state = State.awaitingGreeting
    /// When the coordinator must have accepted or refused.
    package let deadline: ContinuousClock.Instant

    package init(
        role: PeerRole, program: String, token: AccessToken?, limits: FrameLimits = .init(), features: [String] = [],
        versions: ProtocolVersions = .supported, now: ContinuousClock.Instant
    ) {
        self.role = role
        self.program = program
        self.token = token
        self.limits = limits
        self.features = features
        self.versions = versions
        deadline = now + limits.handshake
    }

    /// A frame came.
    package mutating func received(_ payload: ByteBuffer, now: ContinuousClock.Instant) -> Action {
        if case .over = state { return .wait }
        if now >= deadline { return timePassed(now: now) }
        // The connection takes what may come after the acceptance, which may arrive together with it.
        guard payload.readableBytes <= limits.introduction else {
            return failed(.tooLarge(length: UInt32(clamping: payload.readableBytes), maximum: limits.introduction))
        }
        let frame: Result<HandshakeFrame, Refusal> = payload.withUnsafeReadableBytes { PayloadReader().read($0) }
        switch (state, frame) {
        case (_, .failure(let refusal)):
            return fail(.malformed, "the coordinator's answer: \(refusal.message)", refusal)
        case (_, .success(.refusal(let refusal))): return refused(refusal)
        case (.awaitingGreeting, .success(.greeting(let greeting))): return introduce(to: greeting)
        case (.introduced(let version), .success(.acceptance(let acceptance))):
            return accepted(acceptance, chosen: version)
        case (_, .success(let other)):
            let expected = if case .awaitingGreeting = state { "a greeting" } else { "an acceptance" }
            let refusal = Refusal(.outOfTurn, "found \(other.name), expected \(expected)")
            return fail(.malformed, "the coordinator is out of turn: \(refusal.message)", refusal)
        }
    }

    /// What came is no frame.
    package mutating func failed(_ error: FrameError) -> Action {
        if case .over = state { return .wait }
        return fail(.malformed, "what answers there is not a coordinator: \(error)", error.refusal)
    }

    /// Time passed; to be called at `deadline`.
    package mutating func timePassed(now: ContinuousClock.Instant) -> Action {
        if case .over = state { return .wait }
        if now < deadline { return .wait }
        let expected = if case .awaitingGreeting = state { "greeting" } else { "acceptance" }
        let problem = "found no \(expected) of a coordinator within \(limits.handshake.milliseconds) milliseconds"
        return fail(.timedOut, problem, Refusal(.timedOut, problem))
    }

    /// The connection ended.
    package mutating func closed() -> Action {
        if case .over = state { return .wait }
        let expected = if case .awaitingGreeting = state { "greeted" } else { "accepted or refused" }
        return fail(.closed, "the connection ended before the coordinator \(expected)", nil)
    }

    private mutating func introduce(to greeting: Greeting) -> Action {
        guard let version = versions.newestInCommon(with: greeting.versions) else {
            let older = versions.highest < greeting.versions.lowest ? role.rawValue : "coordinator"
            let problem =
                "the coordinator (\(PeerText(greeting.program, limit: 64))) speaks version \(greeting.versions) of the protocol, "
                + "and this \(role.rawValue) (\(program)) speaks \(versions): upgrade the \(older)"
            return fail(.refused, problem, Refusal(.version, problem))
        }
        state = .introduced(version: version)
        // A token is not shown where nobody asks for one.
        let token = greeting.authentication.contains(Greeting.Authentication.token) ? token : nil
        return .send(
            WireEncoder.frame(
                of: Introduction(version: version, role: role, program: program, features: features, token: token)))
    }

    private mutating func accepted(_ acceptance: Acceptance, chosen version: Int) -> Action {
        guard acceptance.version == version else {
            let refusal = Refusal(
                .malformed,
                "found an acceptance of version \(acceptance.version), expected \(version), which was chosen")
            return fail(.malformed, "the coordinator's answer: \(refusal.message)", refusal)
        }
        state = .over
        var acceptance = acceptance
        acceptance.features.removeAll { !features.contains($0) }
        var limits = limits
        limits.frame = acceptance.frame
        limits.message = acceptance.message
        return .accepted(acceptance, limits: limits)
    }

    /// The coordinator refused; trying again helps when it is busy or was too slow.
    private mutating func refused(_ refusal: Refusal) -> Action {
        let code: LinkError.Code =
            switch RefusalCode(rawValue: refusal.code) {
            case .busy: .closed
            case .timedOut: .timedOut
            case .malformed, .tooLarge, .outOfTurn: .malformed
            case .version, .unauthorized, .forbidden, nil: .refused
            }
        return fail(code, "the coordinator refused: \(PeerText(refusal.message))", nil)
    }

    private mutating func fail(_ code: LinkError.Code, _ message: String, _ refusal: Refusal?) -> Action {
        state = .over
        return .fail(LinkError(code, message), send: refusal.map { WireEncoder.frame(of: $0) })
    }
}
