// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// Links that come and go, and what is heard and said on them.
extension CoordinatorState {
    /// How many leases a link may hold credit for.
    static let maximumCredit = 4_096

    /// A link that was taken up, and what is left to do for it.
    struct Connection: Sendable {
        let link: LinkID
        /// Closes the former link of the same session, where there was one.
        let closeFormer: (@Sendable () -> Void)?
        /// The worker, where its account is another than the coordinator's and that was not said yet.
        let stranger: ServedWorker?
        let kept: Int
        let lost: Int
        let unseen: Int
    }

    /// Takes a worker's link up.
    mutating func connect(
        _ hello: Hello, _ welcome: Welcome, address: String, _ signals: LinkSignals,
        close: @escaping @Sendable () -> Void, now: ContinuousClock.Instant, wall: Timestamp
    ) -> Connection {
        let session = hello.session.isEmpty ? nil : hello.session
        let arrival = book.connect(session: session, holding: Set(hello.held), now: now)
        let link = arrival.link
        var welcome = welcome
        welcome.lost = arrival.lost
        welcome.callingAccount = callingAccount
        links[link] = ServedLink(signals: signals, close: close, outbox: LinkOutbox(welcome: welcome))
        workers[link] = ServedWorker(hello, address: address, connectedAt: wall)
        if let former = arrival.former {
            let isAccountTold = workers.removeValue(forKey: former)?.isAccountTold ?? false
            workers[link]?.isAccountTold = isAccountTold
            _ = links[former]?.outbox.withdrawAll()
        }
        // What the worker keeps may have been cancelled while it was away.
        let cancelled = arrival.kept.filter { token in
            book.run(of: token).flatMap { runs[$0]?.cancelsAttempts } ?? false
        }
        if !cancelled.isEmpty { links[link]?.outbox.cancel(cancelled) }
        if !arrival.unseen.isEmpty { giveBack(arrival.unseen, over: link) }
        if let goaway { links[link]?.outbox.leave(goaway) }
        wake(.speaking, of: link)
        notifyAll()
        return Connection(
            link: link, closeFormer: arrival.former.flatMap { links[$0]?.close }, stranger: tellAccount(of: link),
            kept: arrival.kept.count, lost: arrival.lost.count, unseen: arrival.unseen.count)
    }

    /// All that will ever be heard on a link was heard: what waits is decided on, and its tasks end.
    mutating func endHearing(on link: LinkID) {
        links[link]?.isEnded = true
        toldGoaway(link)
    }

    /// A link is given up because nothing was heard on it; returns the worker's name and what closes the link.
    ///
    /// Nothing is granted to it while it is being closed.
    mutating func endSilent(_ link: LinkID) -> (name: String, close: @Sendable () -> Void)? {
        guard let served = links[link], let worker = workers[link], !served.isEnded else { return nil }
        book.withdrawCredit(of: link)
        return (worker.name, served.close)
    }

    /// A link is gone; returns the leases that go back because their worker never saw them.
    ///
    /// - Parameter hasLeft: whether the worker said goodbye: then it holds nothing, and what crossed its goodbye goes back too.
    mutating func leave(_ link: LinkID, hasLeft: Bool) -> [LeaseToken] {
        var served = links.removeValue(forKey: link)
        while let work = served?.inbox.next() { book.notEnding(work.tokens) }
        let unsaid = served?.outbox.withdrawAll() ?? []
        // The session goes on over another link, which has seen to what this one held.
        guard book.isConnected(link) else { return [] }
        let returned = hasLeft ? book.tokens(heldBy: link) : unsaid
        ending(returned)
        book.disconnect(link)
        forgetAbsent()
        notifyAll()
        return returned
    }

    /// Forgets workers that are not connected and hold nothing any more.
    mutating func forgetAbsent() { workers = workers.filter { book.knows($0.key) } }

    /// The workers that are connected or hold leases, in the order of connecting.
    func workerRecords(now: ContinuousClock.Instant) -> [WorkerRecord] {
        workers.keys.sorted().compactMap { link in
            guard let worker = workers[link], let heardAt = book.heardAt(link) else { return nil }
            let state: WorkerRecord.State =
                book.isConnected(link) ? (worker.isDraining ? .draining : .serving) : .away
            return WorkerRecord(
                name: worker.name, state: state, slots: worker.slots, leases: book.count(heldBy: link),
                kinds: worker.kinds, regions: worker.regions, roles: worker.roles, account: worker.account,
                program: worker.program, address: worker.address, connectedAt: worker.connectedAt,
                silentMilliseconds: max(0, (now - heardAt).milliseconds), native: worker.native)
        }
    }

    // MARK: Hearing

    /// A worker lives.
    mutating func heard(_ heartbeat: Heartbeat, on link: LinkID, now: ContinuousClock.Instant) {
        book.renew(link, now: now)
        if heartbeat.isDraining, workers[link]?.isDraining == false {
            workers[link]?.isDraining = true
            book.withdrawCredit(of: link)
            notifyAll()
        }
        links[link]?.outbox.renew(heartbeat.number)
        wake(.speaking, of: link)
    }

    /// A worker has room.
    mutating func heard(_ request: LeaseRequest, on link: LinkID, now: ContinuousClock.Instant) {
        book.renew(link, now: now)
        book.request(request.want, by: link, limit: Self.maximumCredit)
        wake(.granting, of: link)
    }

    /// Hands something over that the store decides on; false while there is no room for it.
    ///
    /// Then what the worker says next waits unread, which is not its fault unless it does not read either.
    mutating func handOver(_ work: LinkInbox.Work, from link: LinkID, now: ContinuousClock.Instant) -> Bool {
        guard let served = links[link], !served.inbox.isFull else {
            book.keep(link, waiting: links[link]?.outbox.hasRoomForAnswers ?? false, now: now)
            return false
        }
        book.keep(link, waiting: false, now: now)
        ending(work.tokens)
        links[link]?.inbox.add(work)
        wake(.deciding, of: link)
        return true
    }

    /// A worker wants a part of an artefact; false when the one before is still under way.
    mutating func heard(_ request: ArtefactRequest, on link: LinkID) -> Bool {
        guard let served = links[link], served.fetch == nil else { return links[link] == nil }
        links[link]?.fetch = request
        wake(.fetching, of: link)
        return true
    }

    /// A part of an artefact is to be said.
    mutating func give(_ part: ArtefactPart, to link: LinkID) {
        guard links[link]?.isEnded == false else { return }
        links[link]?.outbox.give(part)
        wake(.speaking, of: link)
    }

    // MARK: Deciding

    /// What the store decides on next; nil while there is nothing, or the worker does not read the answers.
    mutating func nextWork(of link: LinkID) -> LinkInbox.Work? {
        guard let served = links[link], served.isEnded || served.outbox.hasRoomForAnswers else { return nil }
        let work = links[link]?.inbox.next()
        if work != nil { wake(.hearing, of: link) }
        return work
    }

    /// Reports were decided on.
    mutating func answer(_ answers: [ReportAnswer], on link: LinkID) {
        guard links[link]?.isEnded == false else { return }
        links[link]?.outbox.answer(answers)
        wake(.speaking, of: link)
    }

    // MARK: Saying

    /// What is to be said next.
    mutating func nextMessage(to link: LinkID) -> CoordinatorMessage? {
        guard links[link]?.isEnded == false, let message = links[link]?.outbox.next() else { return nil }
        if case .verdicts = message { wake(.deciding, of: link) }
        if case .part = message { links[link]?.fetch = nil }
        return message
    }

    /// A grant could not be said: its worker has not seen it.
    mutating func unsaid(_ grant: LeaseGrant, to link: LinkID) {
        guard book.isConnected(link) else { return }
        links[link]?.outbox.grant(grant)
    }

    // MARK: Leaving

    /// Tells all workers that the coordinator stops; nothing is granted from now on.
    mutating func goAway(_ goaway: Goaway, telling signal: Signal) {
        self.goaway = goaway
        let open = links.filter { !$0.value.isEnded }.keys
        untold = (Set(open), signal)
        for link in open {
            links[link]?.outbox.leave(goaway)
            wake(.speaking, of: link)
        }
        endTellingIfDone()
    }

    /// A worker was told, or is gone.
    mutating func toldGoaway(_ link: LinkID) {
        guard untold?.links.remove(link) != nil else { return }
        endTellingIfDone()
    }

    private mutating func endTellingIfDone() {
        guard untold?.links.isEmpty == true else { return }
        wake(untold?.signal)
        untold = nil
    }
}
