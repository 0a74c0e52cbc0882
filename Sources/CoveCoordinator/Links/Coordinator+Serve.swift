// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire
import Logging
import Synchronization

extension Coordinator {
    /// How many leases a link may hold credit for, and how many it is granted at a time.
    static let maximumCredit = 4_096
    static let grantLimit = 256

    /// Serves a worker until its link ends or the caller is cancelled.
    ///
    /// - Throws: `StoreError` when the store fails for good; what was acknowledged before is kept.
    package func serve<PeerLink: CoordinatorLink>(_ link: PeerLink) async throws {
        guard let hello = await greet(link) else {
            link.close()
            return
        }
        let (wakeups, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let handle = LinkHandle(wakeups: continuation, send: { await link.send($0) })
        let id = state.withLock { state in
            let id = state.book.connect(now: clock.now())
            state.links[id] = handle
            return id
        }
        defer {
            state.withLock { state in
                state.book.disconnect(id)
                state.links[id] = nil
            }
        }
        await link.send(.welcome(Welcome(epoch: store.epoch, terms: terms)))
        let hasLeft = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.grantTasks(to: link, id, hello, wakeups)
                return false
            }
            group.addTask {
                defer { continuation.finish() }
                return try await self.hear(link, id, hello)
            }
            // Either child may be the one that fails; the link is closed so that the other ends too.
            defer { link.close() }
            let first = try await group.next() ?? false
            group.cancelAll()
            link.close()
            return try await group.reduce(into: first) { $0 = $0 || $1 }
        }
        // A grant that crossed the worker's goodbye was never seen: nothing of it was started.
        if hasLeft { try await giveBack(state.withLock { $0.book.tokens(heldBy: id) }) }
    }

    private func greet<PeerLink: CoordinatorLink>(_ link: PeerLink) async -> Hello? {
        switch await link.receive() {
        case .hello(let hello):
            logger.debug("worker connected", metadata: [LogKeys.worker: "\(hello.worker)"])
            return hello
        case nil: return nil
        default:
            await refuse(link, "outOfTurn", "the first message was not hello; a worker says hello first")
            return nil
        }
    }

    private func refuse<PeerLink: CoordinatorLink>(_ link: PeerLink, _ code: String, _ message: String) async {
        logger.debug("link refused", metadata: [LogKeys.error: "\(message)"])
        await link.send(.refusal(Refusal(code: code, message: message)))
        link.close()
    }

    // MARK: Granting

    private func grantTasks<PeerLink: CoordinatorLink>(
        to link: PeerLink, _ id: LeaseBook.LinkID, _ hello: Hello, _ wakeups: AsyncStream<Void>
    ) async throws {
        for await _ in wakeups {
            while try await grantOnce(to: link, id, hello) {}
        }
    }

    /// Grants as much as the link has credit for.
    ///
    /// True when there may be more to grant.
    private func grantOnce<PeerLink: CoordinatorLink>(
        to link: PeerLink, _ id: LeaseBook.LinkID, _ hello: Hello
    ) async throws -> Bool {
        let (credit, runs) = state.withLock { ($0.book.credit(of: id), $0.runs(for: hello.kinds)) }
        guard credit > 0, !runs.isEmpty else { return false }
        let leases = try await untilThereIsRoom {
            try await store.grant(min(credit, Self.grantLimit), of: runs.map { GrantShare(run: $0) }, now: clock.wall())
        }
        guard !leases.isEmpty else { return false }
        // A run may have been stopped while its tasks were being leased: those leases go back unseen.
        let (kept, returned, assignments) = state.withLock { state in
            let kept = leases.filter { state.runs[$0.run]?.stopReason == nil }
            state.book.granted(kept, to: id, now: clock.now())
            return (
                kept, leases.filter { state.runs[$0.run]?.stopReason != nil }, state.assignments(for: kept)
            )
        }
        let isSent = kept.isEmpty ? true : await link.send(.grant(LeaseGrant(leases: kept, assignments: assignments)))
        try await giveBack((isSent ? returned : leases).map(\.token))
        if isSent { await cancelIfStopped(kept, on: link) }
        return isSent
    }

    /// A run that was cancelled while the grant was on its way: its cancellation may have overtaken the grant, so it is said again.
    private func cancelIfStopped<PeerLink: CoordinatorLink>(_ leases: [Lease], on link: PeerLink) async {
        let tokens = state.withLock { state in
            leases.filter { state.runs[$0.run]?.cancelsAttempts == true }.map(\.token)
        }
        if !tokens.isEmpty { await link.send(.cancel(tokens)) }
    }

    private func giveBack(_ tokens: [LeaseToken]) async throws {
        guard !tokens.isEmpty else { return }
        let releases = tokens.map { LeaseRelease(token: $0, reason: .notStarted) }
        let result = try await untilThereIsRoom { try await store.release(releases, now: clock.wall()) }
        await apply(result, ended: tokens)
    }

    // MARK: Hearing

    /// Listens until the link ends; true when the worker said goodbye.
    private func hear<PeerLink: CoordinatorLink>(
        _ link: PeerLink, _ id: LeaseBook.LinkID, _ hello: Hello
    ) async throws -> Bool {
        while let message = await link.receive() {
            state.withLock { $0.book.renew(id, now: clock.now()) }
            switch message {
            case .hello:
                await refuse(link, "outOfTurn", "hello came twice on one link")
                return false
            case .heartbeat(let heartbeat): await link.send(.renewal(Renewal(number: heartbeat.number)))
            case .leaseRequest(let request):
                let handle = state.withLock { state in
                    state.book.request(request.want, by: id, limit: Self.maximumCredit)
                    return state.links[id]
                }
                handle?.wake()
            case .report(let reports): try await settle(reports, of: hello.worker, answeringOn: link, id)
            case .release(let releases): try await takeBack(releases, id)
            case .goodbye:
                logger.debug("worker left", metadata: [LogKeys.worker: "\(hello.worker)"])
                return true
            }
        }
        return false
    }

    private func settle<PeerLink: CoordinatorLink>(
        _ reports: [AttemptReport], of worker: String, answeringOn link: PeerLink, _ id: LeaseBook.LinkID
    ) async throws {
        let result = try await untilThereIsRoom(keeping: id) {
            try await store.settle(reports, worker: worker, now: clock.wall())
        }
        for (report, verdict) in zip(reports, result.verdicts) where verdict != .applied {
            logger.debug(
                "report changed nothing",
                metadata: [LogKeys.token: "\(report.token)", LogKeys.verdict: "\(verdict.rawValue)"])
        }
        state.withLock { state in
            for run in Set(reports.compactMap { state.book.run(of: $0.token) }) { state.runs[run]?.hindrance = nil }
        }
        await apply(result, ended: reports.map(\.token))
        let answers = zip(reports, result.verdicts).map { ReportAnswer(token: $0.token, verdict: $1) }
        await link.send(.verdicts(answers))
    }

    private func takeBack(_ releases: [LeaseRelease], _ id: LeaseBook.LinkID) async throws {
        for release in releases {
            guard let run = state.withLock({ $0.book.run(of: release.token) }) else { continue }
            switch release.reason {
            case .callerCredentials(let failure):
                await stop(run, because: .callerCredentials(failure), cancellingAttempts: false)
            case .throttled(let failure), .unreachable(let failure):
                state.withLock { $0.runs[run]?.hindrance = failure }
            case .notStarted, .interrupted: break
            }
        }
        let result = try await untilThereIsRoom(keeping: id) {
            try await store.release(releases, now: clock.wall())
        }
        await apply(result, ended: releases.map(\.token))
        wakeLinks()
    }
}
