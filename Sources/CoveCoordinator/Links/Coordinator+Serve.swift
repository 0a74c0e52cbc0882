// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire
import Logging

/// A worker's link: one task hears, one speaks, one grants, one lets the store decide, one reads artefacts, so that
/// none waits for another's sake.
extension Coordinator {
    typealias LinkID = LeaseBook.LinkID

    /// Serves a worker until its link ends or the caller is cancelled.
    ///
    /// What was heard is decided on before it returns. Leases that the worker holds stay until it comes back over another link or is
    /// not heard for a TTL; after its goodbye they go back at once.
    ///
    /// - Parameter address: where the link comes from, for tables.
    /// - Throws: `StoreError` when the store fails for good; what was acknowledged before is kept.
    package func serve<PeerLink: CoordinatorLink>(_ link: PeerLink, address: String = "") async throws {
        guard let hello = await greet(link) else {
            link.close()
            return
        }
        let (signals, wakeups) = LinkSignals.make()
        let connection = change { state in
            state.connect(
                hello, Welcome(epoch: store.epoch, terms: terms), address: address, signals, close: { link.close() },
                now: clock.now(), wall: clock.wall())
        }
        tell(of: connection, hello)
        connection.closeFormer?()
        let served = await serve(link, connection.link, hello.worker, signals, wakeups)
        let unseen = change { $0.leave(connection.link, hasLeft: (try? served.get()) == true) }
        _ = try served.get()
        try await giveBack(unseen)
    }

    /// Runs the tasks of a link; true when its worker said goodbye.
    private func serve<PeerLink: CoordinatorLink>(
        _ link: PeerLink, _ id: LinkID, _ worker: String, _ signals: LinkSignals, _ wakeups: LinkWakeups
    ) async -> Result<Bool, any Error> {
        do {
            return .success(
                try await withThrowingTaskGroup(of: Bool?.self) { group in
                    // Any task may be the one that fails; the link is closed so that the others end too.
                    defer { link.close() }
                    group.addTask {
                        await self.speak(on: link, id, wakeups.speaking)
                        return nil
                    }
                    group.addTask {
                        try await self.grantTasks(to: id, wakeups.granting)
                        return nil
                    }
                    group.addTask {
                        try await self.decide(on: id, worker, wakeups.deciding)
                        return nil
                    }
                    group.addTask {
                        try await self.readArtefacts(for: id, wakeups.fetching)
                        return nil
                    }
                    group.addTask { await self.hear(link, id, wakeups.hearing) }
                    var hasLeft: Bool?
                    while hasLeft == nil, let ended = try await group.next() { hasLeft = ended }
                    change { $0.endHearing(on: id) }
                    signals.finish()
                    link.close()
                    try await group.waitForAll()
                    return hasLeft ?? false
                })
        } catch {
            return .failure(error)
        }
    }

    private func tell(of connection: CoordinatorState.Connection, _ hello: Hello) {
        logger.debug(
            "worker connected",
            metadata: [
                LogKeys.worker: "\(hello.worker)", LogKeys.kept: "\(connection.kept)",
                LogKeys.lost: "\(connection.lost)", LogKeys.unseen: "\(connection.unseen)",
            ])
        if let stranger = connection.stranger { warn(of: stranger, expected: change { $0.callingAccount }) }
    }

    // MARK: Hearing

    private func greet<PeerLink: CoordinatorLink>(_ link: PeerLink) async -> Hello? {
        switch await link.receive() {
        case .hello(let hello):
            let problems = hello.problems
            guard !problems.isEmpty else { return hello }
            await refuse(link, .malformed, problems.joined(separator: "; "))
            return nil
        case nil: return nil
        default:
            await refuse(link, .outOfTurn, "the first message was not hello; a worker says hello first")
            return nil
        }
    }

    private func refuse<PeerLink: CoordinatorLink>(_ link: PeerLink, _ code: RefusalCode, _ message: String) async {
        logger.debug("link refused", metadata: [LogKeys.error: "\(message)"])
        await link.send(.refusal(Refusal(code, message)))
        link.close()
    }

    /// Listens until the link ends; true when the worker said goodbye.
    ///
    /// Heartbeats are answered from here, whatever the store is doing.
    private func hear<PeerLink: CoordinatorLink>(
        _ link: PeerLink, _ id: LinkID, _ room: AsyncStream<Void>
    ) async -> Bool {
        while let message = await link.receive() {
            let now = clock.now()
            switch message {
            case .hello:
                await refuse(link, .outOfTurn, "hello came twice on one link")
                return false
            case .heartbeat(let heartbeat): change { $0.heard(heartbeat, on: id, now: now) }
            case .leaseRequest(let request): change { $0.heard(request, on: id, now: now) }
            case .report(let reports):
                change { $0.book.keep(id, waiting: true, now: now) }
                guard let memory = try? await reportMemory.reserve(reports.reduce(0) { $0 + $1.weight }),
                    await handOver(.reports(reports, memory), id, room)
                else { return false }
            case .release(let releases):
                guard await handOver(.releases(releases), id, room) else { return false }
            case .fetch(let request):
                guard change({ $0.heard(request, on: id) }) else {
                    await refuse(link, .outOfTurn, "a part of an artefact was asked for before the one before had come")
                    return false
                }
            case .goodbye: return true
            }
        }
        return false
    }

    /// Hands something over to the deciding task, once there is room; false when there will be none.
    private func handOver(_ work: LinkInbox.Work, _ id: LinkID, _ room: AsyncStream<Void>) async -> Bool {
        while !change({ $0.handOver(work, from: id, now: clock.now()) }) {
            guard await room.first(where: { true }) != nil else { return false }
        }
        return true
    }

    // MARK: Saying

    private func speak<PeerLink: CoordinatorLink>(on link: PeerLink, _ id: LinkID, _ wakeups: AsyncStream<Void>) async {
        for await _ in wakeups {
            while let message = change({ $0.nextMessage(to: id) }) {
                let isSaid = await link.send(message)
                switch message {
                case .grant(let grant) where !isSaid: change { $0.unsaid(grant, to: id) }
                case .goaway: change { $0.toldGoaway(id) }
                default: break
                }
                guard isSaid else { return link.close() }
            }
        }
    }
}

extension AttemptReport {
    /// Roughly how many bytes it takes.
    var weight: Int {
        switch outcome {
        case .succeeded(let result): 256 + (result?.utf8.count ?? 0)
        case .failed(let failure), .roleNotAssumed(let failure):
            512 + failure.textBytes
        }
    }
}
