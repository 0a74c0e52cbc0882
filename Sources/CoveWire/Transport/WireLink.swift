// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import Synchronization

/// One end of a link over a connection.
///
/// Messages are encoded and decoded in the tasks that use the link, never on an event loop. A message that is too long for a frame travels
/// in chunks, between which short ones pass. One task receives.
final class WireLink<Outgoing: WireMessage, Incoming: WireMessage>: Link {
    /// What a message in chunks may take beside the time for its bytes.
    private static var grace: Duration { .seconds(30) }
    /// The bytes a second that a message in chunks has to come with at least: who reserves memory has to use it.
    private static var slowest: Int { 64 << 10 }

    private let frames: FrameChannel
    private let encoder: WireEncoder
    private let limits: FrameLimits
    private let budget: AssemblyBudget
    private let logger: Logger
    /// One message is held while the reader has another; the rest stays in the connection.
    private let arrived = MessageChannel<Incoming>(capacity: 1)
    /// Two messages in chunks do not mix.
    private let longMessages = SendWindow(1)

    /// A link over a connection whose handshake is over.
    init(_ frames: FrameChannel, _ limits: FrameLimits, _ budget: AssemblyBudget, logger: Logger) {
        self.frames = frames
        self.limits = limits
        self.budget = budget
        self.logger = logger
        encoder = WireEncoder(limits: limits)
    }

    @discardableResult
    func send(_ message: Outgoing) async -> Bool {
        if let isSent = await attempt(message, hasTurn: false) { return isSent }
        // What is long is written again when its turn comes: of all that wait for a slow reader, one is held as text.
        guard await longMessages.enter(1, .chunk) else { return false }
        defer { longMessages.leave(1) }
        return await attempt(message, hasTurn: true) ?? false
    }

    /// Sends a message; nil when it is a long one and another one has the turn.
    private func attempt(_ message: Outgoing, hasTurn: Bool) async -> Bool? {
        var rest: MessageFrames
        do {
            rest = try encoder.frames(of: message)
        } catch {
            return await couldNotEncode(message, error)
        }
        guard let first = rest.next() else { return true }
        guard let second = rest.next() else { return await frames.send(first) }
        guard hasTurn || longMessages.enter(1) else { return nil }
        defer { if !hasTurn { longMessages.leave(1) } }
        guard await frames.send(first, .chunk) else { return false }
        var chunk: ByteBuffer? = second
        while let next = chunk {
            guard await frames.send(next, .chunk) else {
                // Half a message was said: nothing can follow it.
                close()
                return false
            }
            chunk = rest.next()
        }
        return true
    }

    func receive() async -> Incoming? { await arrived.receive() }

    func close() {
        frames.close()
        arrived.close()
        longMessages.close()
    }

    /// Calls the body with the link, and hears meanwhile; the link is closed when the body returns.
    func use<Result: Sendable>(
        _ payloads: FrameChannel.Payloads, _ body: (WireLink) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.hear(payloads) }
            defer {
                close()
                group.cancelAll()
            }
            return try await body(self)
        }
    }

    /// Turns payloads into messages until the link ends.
    private func hear(_ payloads: FrameChannel.Payloads) async {
        defer { close() }
        var decoder = WireDecoder<Incoming>(limits: limits)
        var deadline: Scheduled<Void>?
        defer { deadline?.cancel() }
        do {
            while let payload = try await payloads.next() {
                var arrival = try decoder.receive(payload)
                if case .reserve(let bytes) = arrival {
                    arrival = try decoder.proceed(with: try await budget.reserve(bytes))
                    deadline = frames.expire(after: Self.grace + .seconds(bytes / Self.slowest))
                }
                // Messages may pass between the chunks of one, and give it no more time.
                if !decoder.isAssembling { deadline?.cancel() }
                switch arrival {
                case .message(let message):
                    guard await arrived.send(message) else { return }
                case .answer(let answer):
                    guard await frames.send(encoder.frame(of: answer)) else { return }
                case .problem(let problem):
                    logger.debug(
                        "the other end skipped a message",
                        metadata: [LogKeys.code: "\(problem.code)", LogKeys.error: "\(problem.message)"])
                case .refusal(let refusal):
                    logger.warning("the other end refused the link", metadata: [LogKeys.error: "\(refusal)"])
                    return
                case .incomplete, .reserve: break
                }
            }
        } catch {
            refuse(error)
        }
    }

    /// Tells the other end why the link ends, where it is to blame.
    private func refuse(_ error: any Error) {
        let refusal: Refusal
        switch error {
        case is CancellationError: return
        case let error as Refusal: refusal = error
        case let error as FrameError: refusal = error.refusal
        case is FrameChannel.Expired: refusal = Refusal(.timedOut, "a message in chunks took too long")
        default:
            logger.debug("the link was lost", metadata: [LogKeys.error: "\(error)"])
            return
        }
        logger.warning("the other end broke the protocol", metadata: [LogKeys.error: "\(refusal)"])
        frames.close(after: WireEncoder.frame(of: refusal))
    }

    /// A message that cannot travel: the asker of a reply is told so, any other ends the link, since it cannot be left out.
    private func couldNotEncode(_ message: Outgoing, _ error: any Error) async -> Bool {
        logger.warning("a message cannot be sent", metadata: [LogKeys.error: "\(error)"])
        if let reply = message as? ReplyMessage {
            let failure = RequestFailure(.unavailable, ["the answer cannot be sent: \(error)"])
            if let told = ReplyMessage(id: reply.id, reply: .failure(failure)) as? Outgoing,
                reply.reply != .failure(failure)
            {
                return await send(told)
            }
        }
        close()
        return false
    }
}
