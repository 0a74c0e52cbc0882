// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import CoveWire

/// How an attempt came to its end.
package enum AttemptEnd: Sendable, Hashable {
    /// With an outcome to record.
    case report(AttemptReport)
    /// Without one: the lease is given back.
    case release(LeaseRelease)
}

/// What a worker knows of its link: slots, attempts, and what the coordinator has still to be told.
///
/// Pure: messages and ends of attempts go in, leases to start and messages to send come out. A report is kept until it was answered, so
/// that it can be sent again over another link; one batch of reports is under way at a time, which lets the next one gather.
package struct WorkerStateMachine {
    /// Where the worker stands.
    package enum Phase: Sendable, Hashable {
        /// Said hello, waits for the terms. Next: `serving`, `draining`.
        case greeting
        /// Takes leases. Next: `draining`.
        case serving
        /// Takes no more leases, finishes what runs. Next: `ended`.
        case draining
        /// Holds nothing and has said goodbye.
        case ended
    }

    /// How many reports one message carries at most.
    static let reportBatch = 256

    package private(set) var phase = Phase.greeting
    private let slots: Int
    /// Slots for which neither an attempt runs nor a lease was asked for.
    private var unasked: Int
    private var running: Set<LeaseToken> = []
    private var outbox: [AttemptReport] = []
    private var underWay: [LeaseToken: AttemptReport] = [:]
    private var releases: [LeaseRelease] = []

    /// A worker with so many slots, before its first message.
    package init(slots: Int) {
        self.slots = slots
        unasked = slots
    }

    /// How many attempts run.
    package var attempts: Int { running.count }

    /// The coordinator accepted the link.
    package mutating func welcomed() {
        if phase == .greeting { phase = .serving }
    }

    /// Leases arrived.
    ///
    /// Returns those to start; the others, which were not asked for or come too late, are given back. One that is here
    /// already is left as it is.
    package mutating func granted(_ leases: [Lease]) -> [Lease] {
        let isServing = phase == .serving
        var started: [Lease] = []
        for lease in leases where !running.contains(lease.token) {
            if isServing, running.count < slots {
                running.insert(lease.token)
                started.append(lease)
            } else {
                releases.append(LeaseRelease(token: lease.token, reason: .notStarted))
            }
        }
        return started
    }

    /// An attempt came to its end.
    package mutating func ended(_ end: AttemptEnd) {
        switch end {
        case .report(let report):
            running.remove(report.token)
            outbox.append(report)
        case .release(let release):
            running.remove(release.token)
            releases.append(release)
        }
        unasked += 1
    }

    /// Reports were answered: they need not be kept any longer, whatever the verdict.
    package mutating func answered(_ answers: [ReportAnswer]) {
        for answer in answers { underWay[answer.token] = nil }
    }

    /// Takes no more leases from now on.
    package mutating func drain() {
        if phase == .greeting || phase == .serving { phase = .draining }
    }

    /// Those of the tokens whose attempts run here.
    package func running(of tokens: [LeaseToken]) -> [LeaseToken] { tokens.filter(running.contains) }

    /// What is to be said now, in this order.
    ///
    /// What is returned counts as said.
    package mutating func nextMessages() -> [WorkerMessage] {
        guard phase != .greeting, phase != .ended else { return [] }
        var messages: [WorkerMessage] = []
        if !releases.isEmpty {
            messages.append(.release(releases))
            releases = []
        }
        if underWay.isEmpty, !outbox.isEmpty {
            let batch = Array(outbox.prefix(Self.reportBatch))
            outbox.removeFirst(batch.count)
            for report in batch { underWay[report.token] = report }
            messages.append(.report(batch))
        }
        // A worker whose reports are not answered takes no more than it has room to remember.
        if phase == .serving, unasked > 0, outbox.count + underWay.count <= 2 * slots + Self.reportBatch {
            messages.append(.leaseRequest(LeaseRequest(want: unasked)))
            unasked = 0
        }
        if phase == .draining, running.isEmpty, outbox.isEmpty, underWay.isEmpty {
            messages.append(.goodbye)
            phase = .ended
        }
        return messages
    }
}
