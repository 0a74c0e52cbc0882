// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The request book of a client, its callers, and the one task that speaks for them.
final class PendingRequests: Sendable {
    private typealias Caller = CheckedContinuation<ClientReply, any Error>

    private struct State {
        var book = RequestBook<Caller>()
        /// Why no more requests are taken.
        var end: LinkError?
        /// The speaking task, while there is nothing to say.
        var speaker: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Whether a caller waits.
    var isEmpty: Bool { state.withLock { $0.book.isEmpty } }

    /// Waits for the reply to a request.
    ///
    /// - Throws: `LinkError`, `CancellationError`
    func reply(to request: ClientRequest) async throws -> ClientReply {
        let id = Mutex<Int64?>(nil)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (caller: Caller) in
                let (error, speaker): ((any Error)?, CheckedContinuation<Void, Never>?) = state.withLock { state in
                    if let end = state.end { return (end, nil) }
                    let number = state.book.add(request, caller)
                    id.withLock { $0 = number }
                    // A cancellation that came before the number was there found nothing to take out.
                    if Task.isCancelled, state.book.take(number) != nil { return (CancellationError(), nil) }
                    defer { state.speaker = nil }
                    return (nil, state.speaker)
                }
                if let error { caller.resume(throwing: error) }
                speaker?.resume()
            }
        } onCancel: {
            let caller = state.withLock { state in id.withLock { $0 }.flatMap { state.book.take($0) } }
            caller?.resume(throwing: CancellationError())
        }
    }

    /// The next request to send, when there is one; nil when the caller, the one speaking task, is cancelled.
    func next() async -> ClientMessage? {
        while !Task.isCancelled {
            if let message = state.withLock({ $0.book.next() }) { return message }
            await somethingNew { $0.hasNothingToSay }
        }
        return nil
    }

    /// Waits until somebody waits for a reply, or the caller is cancelled.
    func isWaitedFor() async {
        while !Task.isCancelled, isEmpty { await somethingNew { $0.isEmpty } }
    }

    private func somethingNew(_ isIdle: @Sendable (RequestBook<Caller>) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard !Task.isCancelled, isIdle(state.book) else { return false }
                    state.speaker = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            let speaker = state.withLock { state in
                defer { state.speaker = nil }
                return state.speaker
            }
            speaker?.resume()
        }
    }

    /// Whether a request left.
    func sent(_ id: Int64, _ hasLeft: Bool) { state.withLock { $0.book.sent(id, hasLeft) } }

    /// A reply came; one that nobody waits for is dropped.
    func answer(_ message: ReplyMessage) {
        state.withLock { $0.book.take(message.id) }?.resume(returning: message.reply)
    }

    /// The link was lost.
    func lost() {
        for failed in state.withLock({ $0.book.lost() }) { failed.waiter.resume(throwing: failed.error) }
    }

    /// All who wait get an error.
    func fail(_ error: LinkError) {
        for caller in state.withLock({ $0.book.takeAll() }) { caller.resume(throwing: error) }
    }

    /// All who wait get an error, and all who come.
    func end(_ error: LinkError) {
        state.withLock { $0.end = error }
        fail(error)
    }

    /// Requests are taken.
    func begin() { state.withLock { $0.end = nil } }
}
