// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// What is to be said to a worker, until its link's speaking task says it.
///
/// Pure. It stays small however slow the worker reads: answers to heartbeats are one, cancellations are of leases that are out, grants
/// are bounded by credit, a worker fetches one part of an artefact at a time, and reports are decided on only while `hasRoomForAnswers`.
struct LinkOutbox {
    private static let answerLimit = 4_096

    private var welcome: Welcome?
    private var renewal: Renewal?
    private var cancelled: [LeaseToken] = []
    private var answers: [[ReportAnswer]] = []
    private var answerCount = 0
    private var grants: [LeaseGrant] = []
    private var part: ArtefactPart?
    private var goaway: Goaway?

    init(welcome: Welcome) { self.welcome = welcome }

    /// Whether answers to further reports may be added.
    var hasRoomForAnswers: Bool { answerCount < Self.answerLimit }

    /// A heartbeat came: only the newest is answered.
    mutating func renew(_ number: Int64) { renewal = Renewal(number: number) }

    /// Reports were decided on.
    mutating func answer(_ batch: [ReportAnswer]) {
        answers.append(batch)
        answerCount += batch.count
    }

    /// Leases are the worker's from now on.
    mutating func grant(_ grant: LeaseGrant) { grants.append(grant) }

    /// Attempts are to be ended.
    mutating func cancel(_ tokens: [LeaseToken]) { cancelled += tokens }

    /// What was fetched of an artefact; the worker asks for one part at a time.
    mutating func give(_ part: ArtefactPart) { self.part = part }

    /// The coordinator stops.
    mutating func leave(_ goaway: Goaway) { self.goaway = goaway }

    /// Takes back the leases of a run that were not said yet.
    mutating func withdraw(_ run: RunID) -> [LeaseToken] {
        var withdrawn: [LeaseToken] = []
        for index in grants.indices {
            withdrawn += grants[index].leases.filter { $0.run == run }.map(\.token)
            grants[index].leases.removeAll { $0.run == run }
            grants[index].assignments.removeAll { $0.run == run }
        }
        grants.removeAll(where: \.leases.isEmpty)
        return withdrawn
    }

    /// Takes back all leases that were not said yet.
    mutating func withdrawAll() -> [LeaseToken] {
        defer { grants = [] }
        return grants.flatMap(\.leases).map(\.token)
    }

    /// What is to be said next.
    ///
    /// What keeps leases comes first. A cancellation is of leases that were said: those that were not are withdrawn instead.
    mutating func next() -> CoordinatorMessage? {
        if let message = welcome {
            welcome = nil
            return .welcome(message)
        }
        if let message = renewal {
            renewal = nil
            return .renewal(message)
        }
        if !cancelled.isEmpty {
            defer { cancelled = [] }
            return .cancel(cancelled)
        }
        if !answers.isEmpty {
            let batch = answers.removeFirst()
            answerCount -= batch.count
            return .verdicts(batch)
        }
        if !grants.isEmpty { return .grant(grants.removeFirst()) }
        if let message = goaway {
            goaway = nil
            return .goaway(message)
        }
        if let message = part {
            part = nil
            return .part(message)
        }
        return nil
    }
}
