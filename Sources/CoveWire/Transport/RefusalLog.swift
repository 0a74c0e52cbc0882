// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import Synchronization

/// The log lines on peers that were not let in.
///
/// What an operator can do something about is a warning, one a second at most: nobody fills the log by knocking.
final class RefusalLog: Sendable {
    private struct State {
        var last: ContinuousClock.Instant?
        var unsaid = 0
    }

    private let clock: LinkClock
    private let logger: Logger
    private let state = Mutex(State())

    init(clock: LinkClock, logger: Logger) {
        self.clock = clock
        self.logger = logger
    }

    /// A peer was refused, and told so.
    func refused(_ refusal: Refusal, peer: String) {
        switch RefusalCode(rawValue: refusal.code) {
        case .unauthorized, .forbidden, .version, .busy: warn("a peer was refused", "\(refusal)", peer: peer)
        case .malformed, .tooLarge, .timedOut, .outOfTurn, nil:
            logger.debug("a peer was refused", metadata: [LogKeys.peer: "\(peer)", LogKeys.error: "\(refusal)"])
        }
    }

    /// The connection of a peer failed before it was let in.
    func failed(_ error: any Error, peer: String) {
        if let error = error as? LinkError, error.code == .tls {
            warn("a peer could not be let in", "\(error)", peer: peer)
        } else {
            logger.debug("a peer left", metadata: [LogKeys.peer: "\(peer)", LogKeys.error: "\(error)"])
        }
    }

    /// Connections cannot be accepted for now.
    func notAccepting(_ error: any Error) { warn("connections cannot be accepted for now", "\(error)", peer: nil) }

    private func warn(_ message: Logger.Message, _ error: String, peer: String?) {
        let now = clock.now()
        let unsaid: Int? = state.withLock { state in
            if let last = state.last, now - last < .seconds(1) {
                state.unsaid += 1
                return nil
            }
            defer { state = State(last: now) }
            return state.unsaid
        }
        guard let unsaid else { return }
        var metadata: Logger.Metadata = [LogKeys.error: "\(error)"]
        if let peer { metadata[LogKeys.peer] = "\(peer)" }
        if unsaid > 0 { metadata[LogKeys.count] = "\(unsaid + 1)" }
        logger.warning(message, metadata: metadata)
    }
}

/// Says in the log that accepting failed, as it does when the process has no descriptors left; NIO waits a second then.
final class AcceptFailures: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let log: RefusalLog

    init(_ log: RefusalLog) { self.log = log }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        log.notAccepting(error)
        context.fireErrorCaught(error)
    }
}
