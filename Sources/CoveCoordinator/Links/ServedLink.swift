// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// A worker's link while it is served: what waits to be said and decided on, and how to wake the tasks that do it.
struct ServedLink {
    let signals: LinkSignals
    let close: @Sendable () -> Void
    var outbox: LinkOutbox
    var inbox = LinkInbox()
    /// What the worker fetches of an artefact, from when it asked until that is said.
    var fetch: ArtefactRequest?
    /// The run that it was granted tasks of last: the next ones have their turn first.
    var lastGranted: RunID?
    /// Whether all that will ever be heard was heard: nothing is granted or said any more.
    var isEnded = false
}

/// The tasks of a link.
enum LinkTask: Sendable, CaseIterable {
    /// Hears; woken when it waits for room in the inbox.
    case hearing
    /// Says what is in the outbox.
    case speaking
    /// Asks the store for leases.
    case granting
    /// Lets the store decide on what is in the inbox.
    case deciding
    /// Reads what the worker fetches.
    case fetching
}

/// Wakes the tasks of a link; signals that come before their task looks are one.
struct LinkSignals: Sendable {
    private let hearing: AsyncStream<Void>.Continuation
    private let speaking: AsyncStream<Void>.Continuation
    private let granting: AsyncStream<Void>.Continuation
    private let deciding: AsyncStream<Void>.Continuation
    private let fetching: AsyncStream<Void>.Continuation

    subscript(task: LinkTask) -> AsyncStream<Void>.Continuation {
        switch task {
        case .hearing: hearing
        case .speaking: speaking
        case .granting: granting
        case .deciding: deciding
        case .fetching: fetching
        }
    }

    /// Ends the tasks once they have looked a last time.
    func finish() {
        for task in LinkTask.allCases { self[task].finish() }
    }

    /// Signals, and what they wake.
    static func make() -> (LinkSignals, LinkWakeups) {
        func stream() -> (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation) {
            AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }
        let (hearing, speaking, granting, deciding) = (stream(), stream(), stream(), stream())
        let fetching = stream()
        return (
            LinkSignals(
                hearing: hearing.continuation, speaking: speaking.continuation, granting: granting.continuation,
                deciding: deciding.continuation, fetching: fetching.continuation),
            LinkWakeups(
                hearing: hearing.stream, speaking: speaking.stream, granting: granting.stream,
                deciding: deciding.stream, fetching: fetching.stream)
        )
    }
}

/// What wakes the tasks of a link.
struct LinkWakeups: Sendable {
    let hearing: AsyncStream<Void>
    let speaking: AsyncStream<Void>
    let granting: AsyncStream<Void>
    let deciding: AsyncStream<Void>
    let fetching: AsyncStream<Void>
}
