// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// What the store decides for a link: leases for it, and what becomes of those that it reports or gives back.
extension Coordinator {
    /// How many leases are granted at a time.
    static let grantLimit = 256

    // MARK: Granting

    /// Grants what a link has credit for, whenever there may be something.
    func grantTasks(to id: LinkID, _ wakeups: AsyncStream<Void>) async throws {
        for await _ in wakeups {
            while try await grantOnce(to: id) {}
        }
    }

    /// True when there may be more to grant.
    private func grantOnce(to id: LinkID) async throws -> Bool {
        guard let request = change({ $0.beginGrant(to: id, limit: Self.grantLimit) }) else { return false }
        defer { change { $0.endGrant(request) } }
        let leases = try await untilThereIsRoom {
            try await store.grant(request.limit, of: request.shares, now: clock.wall())
        }
        // A run may have been stopped, or the link have ended, while its tasks were being leased.
        let returned = change { $0.granted(leases, on: request, now: clock.now()) }
        try await giveBack(returned)
        return !leases.isEmpty
    }

    /// Gives leases back that their worker never saw.
    func giveBack(_ tokens: [LeaseToken]) async throws {
        guard !tokens.isEmpty else { return }
        let releases = tokens.map { LeaseRelease(token: $0, reason: .notStarted) }
        let result = try await untilThereIsRoom { try await store.release(releases, now: clock.wall()) }
        try await apply(result, ended: tokens)
        change { $0.wakeGranting() }
    }

    // MARK: Deciding

    /// Lets the store decide on what was heard, until the link has ended and all of it is decided on.
    func decide(on id: LinkID, _ worker: String, _ wakeups: AsyncStream<Void>) async throws {
        var isOpen = true
        while true {
            while let work = change({ $0.nextWork(of: id) }) {
                do {
                    switch work {
                    case .reports(let reports, let memory):
                        defer { memory.giveBack() }
                        try await settle(reports, of: worker, answeringOn: id)
                    case .releases(let releases): try await takeBack(releases)
                    }
                } catch {
                    change { $0.book.notEnding(work.tokens) }
                    throw error
                }
            }
            guard isOpen else { return }
            // When the link has ended there is a last look: what waited for the worker to read its answers no longer does.
            isOpen = await wakeups.first(where: { true }) != nil
        }
    }

    private func settle(_ reports: [AttemptReport], of worker: String, answeringOn id: LinkID) async throws {
        let result = try await untilThereIsRoom {
            try await store.settle(reports, worker: worker, now: clock.wall())
        }
        for (report, verdict) in zip(reports, result.verdicts) where verdict != .applied {
            logger.debug(
                "report changed nothing",
                metadata: [LogKeys.token: "\(report.token)", LogKeys.verdict: "\(verdict.rawValue)"])
        }
        let tokens = reports.map(\.token)
        change { $0.forgetHindrance(of: tokens) }
        try await apply(result, ended: tokens)
        let answers = zip(reports, result.verdicts).map { ReportAnswer(token: $0.token, verdict: $1) }
        change { $0.answer(answers, on: id) }
    }

    private func takeBack(_ releases: [LeaseRelease]) async throws {
        for (run, failure) in change({ $0.hindered(by: releases) }) {
            await stop(run, because: .callerCredentials(failure), cancellingAttempts: false)
        }
        let result = try await untilThereIsRoom { try await store.release(releases, now: clock.wall()) }
        try await apply(result, ended: releases.map(\.token))
        change { $0.wakeGranting() }
    }
}
