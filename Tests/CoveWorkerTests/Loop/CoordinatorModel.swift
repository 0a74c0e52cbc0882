// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Testing

/// A coordinator of one session, as the contract has it: leases are kept by what is heard, taken over by a hello, and settled once.
struct CoordinatorModel {
    private let terms: LeaseTerms
    /// How many tasks there are.
    private let tasks: Int64
    /// The leases that are out, and since when.
    private(set) var leases: [LeaseToken: ContinuousClock.Instant] = [:]
    /// Which lease settled a task.
    private(set) var applied: [TaskID: LeaseToken] = [:]
    private(set) var expiredEver: Set<LeaseToken> = []
    private(set) var lostEver = 0
    private(set) var isGreeted = false
    /// What the worker has room for.
    private(set) var credit = 0
    private var renewedAt = ContinuousClock.now
    private var nextTask: Int64 = 1
    private var generations: [TaskID: Int64] = [:]
    /// Tasks that were given back.
    private var returned: [TaskID] = []

    init(tasks: Int64 = .max, terms: LeaseTerms = LeaseTerms()) {
        self.tasks = tasks
        self.terms = terms
    }

    func hasApplied(_ token: LeaseToken) -> Bool { applied[token.task] == token }

    /// What is answered to a message.
    mutating func hear(_ message: WorkerMessage, now: ContinuousClock.Instant) -> [CoordinatorMessage] {
        expire(now: now)
        renewedAt = now
        switch message {
        case .hello(let hello):
            isGreeted = true
            let held = Set(hello.held)
            // What the former link held and the worker does not name was never seen.
            for token in leases.keys where !held.contains(token) { giveBack(token) }
            let lost = hello.held.filter { leases[$0] == nil }
            lostEver += lost.count
            return [.welcome(Welcome(epoch: 1, terms: terms, lost: lost))]
        case .leaseRequest(let request):
            credit += request.want
            return []
        case .heartbeat(let heartbeat): return [.renewal(Renewal(number: heartbeat.number))]
        case .report(let reports):
            return [.verdicts(reports.map { ReportAnswer(token: $0.token, verdict: settle($0.token)) })]
        case .release(let releases):
            for release in releases { giveBack(release.token) }
            return []
        case .fetch, .goodbye: return []
        }
    }

    private mutating func settle(_ token: LeaseToken) -> ReportVerdict {
        if leases.removeValue(forKey: token) != nil {
            let former = applied.updateValue(token, forKey: token.task)
            #expect(former == nil, "no task is settled twice")
            return .applied
        }
        return hasApplied(token) ? .duplicate : .stale
    }

    private mutating func giveBack(_ token: LeaseToken) {
        if leases.removeValue(forKey: token) != nil { returned.append(token.task) }
    }

    /// The next leases; nil when none are wanted or there are none.
    mutating func grant(beyondCredit: Int = 0, now: ContinuousClock.Instant) -> LeaseGrant? {
        guard isGreeted, credit + beyondCredit > 0 else { return nil }
        let granted = (0..<max(1, credit / 2) + beyondCredit).compactMap { _ in nextLease() }
        guard !granted.isEmpty else { return nil }
        credit = max(0, credit - granted.count)
        for lease in granted { leases[lease.token] = now }
        return LeaseGrant(leases: granted, assignments: [.sample()])
    }

    private mutating func nextLease() -> Lease? {
        let task: TaskID
        if let last = returned.popLast() {
            task = last
        } else {
            guard nextTask <= tasks else { return nil }
            task = TaskID(nextTask)
            nextTask += 1
        }
        generations[task, default: 0] += 1
        var lease = Lease.sample(Int(task.rawValue))
        lease.token = LeaseToken(task: task, epoch: 1, generation: generations[task] ?? 1)
        return lease
    }

    /// Takes back the leases of a worker that was not heard for a TTL.
    mutating func expire(now: ContinuousClock.Instant) {
        guard now - renewedAt >= terms.ttl else { return }
        for (token, grantedAt) in leases where now - grantedAt >= terms.ttl {
            giveBack(token)
            expiredEver.insert(token)
        }
    }

    mutating func disconnected() {
        isGreeted = false
        credit = 0
    }

    /// Another process opens the store: the former one's leases wait for a TTL.
    mutating func restart(now: ContinuousClock.Instant) { renewedAt = now }
}
