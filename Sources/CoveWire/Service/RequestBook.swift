// SPDX-License-Identifier: Apache-2.0

/// The requests of a client that have no reply yet: which are to be sent, and what becomes of them when a link is lost.
struct RequestBook<Waiter> {
    private enum Stage {
        /// It is to be sent.
        case waiting
        /// It is being sent.
        case leaving
        /// The coordinator may have it.
        case sent
    }

    private struct Entry {
        let request: ClientRequest
        let waiter: Waiter
        var stage = Stage.waiting
        /// How many links were lost while the coordinator may have had it.
        var losses = 0
    }

    /// A request that ended without a reply.
    struct Failed {
        let waiter: Waiter
        let error: LinkError
    }

    /// A request that several links did not survive is not sent again: it may be what ends them.
    private static var mostLosses: Int { 5 }

    private var entries: [Int64: Entry] = [:]
    private var last: Int64 = 0
    /// The numbers of those that wait, in order.
    private var waiting: [Int64] = []

    /// Whether nobody waits for a reply.
    var isEmpty: Bool { entries.isEmpty }

    /// Whether there is no request to send.
    var hasNothingToSay: Bool { waiting.isEmpty }

    /// Notes a request; its number.
    mutating func add(_ request: ClientRequest, _ waiter: Waiter) -> Int64 {
        last += 1
        entries[last] = Entry(request: request, waiter: waiter)
        waiting.append(last)
        return last
    }

    /// The next request to send; `sent` is to be called for it.
    mutating func next() -> ClientMessage? {
        while !waiting.isEmpty {
            let id = waiting.removeFirst()
            guard let request = entries[id]?.request else { continue }
            entries[id]?.stage = .leaving
            return ClientMessage(id: id, request: request)
        }
        return nil
    }

    /// Whether a request left; one that did not waits again.
    mutating func sent(_ id: Int64, _ hasLeft: Bool) {
        guard entries[id] != nil else { return }
        entries[id]?.stage = hasLeft ? .sent : .waiting
        if !hasLeft { waiting.insert(id, at: 0) }
    }

    /// Takes a request out that was answered, or whose caller has left; nil when it is not known.
    mutating func take(_ id: Int64) -> Waiter? { entries.removeValue(forKey: id)?.waiter }

    /// The link was lost: what may be said twice waits again, the rest is taken out.
    mutating func lost() -> [Failed] {
        var failed: [Failed] = []
        for (id, entry) in entries where entry.stage != .waiting {
            guard entry.request.mayBeRepeated else {
                failed.append(Failed(waiter: entry.waiter, error: Self.unknown(entry.request)))
                entries[id] = nil
                continue
            }
            guard entry.losses + 1 < Self.mostLosses else {
                failed.append(
                    Failed(
                        waiter: entry.waiter,
                        error: LinkError(
                            .closed,
                            "\(Self.mostLosses) links to the coordinator were lost before `\(entry.request.name)` was answered; "
                                + "look into the coordinator's log")))
                entries[id] = nil
                continue
            }
            entries[id]?.stage = .waiting
            entries[id]?.losses += 1
        }
        waiting = entries.keys.sorted()
        return failed
    }

    /// Takes all out.
    mutating func takeAll() -> [Waiter] {
        defer {
            entries = [:]
            waiting = []
        }
        return entries.sorted { $0.key < $1.key }.map(\.value.waiter)
    }

    private static func unknown(_ request: ClientRequest) -> LinkError {
        LinkError(
            .closed,
            "the link to the coordinator was lost before `\(request.name)` was answered: it is not known whether it was done; "
                + "look at the run with `cove show` before asking again")
    }
}

extension ClientRequest {
    /// Whether a coordinator that gets it twice has done the same in the end, and says the same.
    ///
    /// `retry` answers how many tasks became ready, and `forget` finds nothing to forget the second time.
    var mayBeRepeated: Bool {
        switch self {
        case .runs, .run, .tasks, .outcomes, .skippedAccounts, .snapshot, .workers, .plan: true
        case .submit, .resume, .cancel, .artefact, .artefactPart: true
        case .retry, .forget: false
        }
    }

    /// What it is called.
    var name: String {
        switch self {
        case .runs: "runs"
        case .run: "run"
        case .tasks: "tasks"
        case .outcomes: "outcomes"
        case .skippedAccounts: "skippedAccounts"
        case .snapshot: "snapshot"
        case .workers: "workers"
        case .submit: "submit"
        case .plan: "plan"
        case .resume: "resume"
        case .retry: "retry"
        case .cancel: "cancel"
        case .forget: "forget"
        case .artefact: "artefact"
        case .artefactPart: "artefactPart"
        }
    }
}
