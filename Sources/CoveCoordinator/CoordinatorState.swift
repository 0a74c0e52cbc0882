// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// What a coordinator remembers besides its store: runs that are under way, workers and their links, who waits for news.
///
/// Pure: nothing is sent or stored, and nobody is woken. Whoever changes it wakes afterwards whom `takeWakeups` names, because nobody
/// may be resumed under the lock that guards it.
struct CoordinatorState {
    typealias LinkID = LeaseBook.LinkID
    typealias Signal = AsyncStream<Void>.Continuation

    var book: LeaseBook
    /// Whether a run's number of slots bounds its leases over all workers.
    let boundsSlots: Bool
    var runs: [RunID: ActiveRun] = [:]
    var links: [LinkID: ServedLink] = [:]
    /// The workers that are connected or hold leases, by their newest links.
    var workers: [LinkID: ServedWorker] = [:]
    /// The account of the coordinator's credentials, once a plan has found it out.
    private(set) var callingAccount: AccountID?
    /// What was said to all workers when the coordinator began to stop.
    var goaway: Goaway?
    /// The links that are still to be told so, and who waits for it.
    var untold: (links: Set<LinkID>, signal: Signal)?
    /// Ticks when runs may be over; `retire` takes them away.
    let endings: Signal
    private var watchers: [RunID: [Int: Signal]] = [:]
    private var nextWatcher = 0
    /// Counted up with every change of any run.
    private var revision: Int64 = 0
    /// The revision of runs that are not under way: when the last one ceased to be.
    private var restingRevision: Int64 = 0
    private var wakeups: [Signal] = []

    init(book: LeaseBook, boundsSlots: Bool, endings: Signal) {
        self.book = book
        self.boundsSlots = boundsSlots
        self.endings = endings
    }

    // MARK: Waking

    /// Lets someone look, once the lock is given back.
    mutating func wake(_ signal: Signal?) {
        if let signal { wakeups.append(signal) }
    }

    /// Lets one of a link's tasks look.
    mutating func wake(_ task: LinkTask, of link: LinkID) {
        if let found = links[link] { wakeups.append(found.signals[task]) }
    }

    /// Lets every link look for tasks.
    mutating func wakeGranting() {
        for link in links.values { wakeups.append(link.signals[.granting]) }
    }

    /// Who is to be woken.
    mutating func takeWakeups() -> [Signal] {
        defer { wakeups.removeAll() }
        return wakeups
    }

    // MARK: Watching

    mutating func addWatcher(of run: RunID, _ signal: Signal) -> Int {
        nextWatcher += 1
        watchers[run, default: [:]][nextWatcher] = signal
        return nextWatcher
    }

    mutating func removeWatcher(_ id: Int, of run: RunID) {
        watchers[run]?[id] = nil
        if watchers[run]?.isEmpty == true { watchers[run] = nil }
    }

    /// How many wait for news of runs: a figure to hold against none, because a watcher that stayed behind would be a leak.
    var watcherCount: Int { watchers.values.reduce(0) { $0 + $1.count } }

    /// Something changed about the workers.
    mutating func notifyAll() {
        for run in runs.keys { notify(run) }
    }

    /// Something changed about a run.
    mutating func notify(_ run: RunID) {
        revision += 1
        runs[run]?.revision = revision
        for signal in watchers[run, default: [:]].values { wakeups.append(signal) }
        if runs[run].map({ isOver($0, run) }) == true { wakeups.append(endings) }
    }

    /// The number of the change that made a run what it is; grows.
    func revision(of run: RunID) -> Int64 { runs[run]?.revision ?? restingRevision }

    // MARK: Runs

    /// Takes a run up: it is granted from now on, unless it is stopped for a reason that the store knows.
    mutating func activate(_ record: RunRecord, stopped reason: StopReason? = nil) {
        runs[record.id] = ActiveRun(record, stopped: reason)
        if let account = record.callingAccount { callingAccount = account }
        notify(record.id)
        wakeGranting()
    }

    /// Stops a run, where it was not; says whom to cancel.
    mutating func stop(_ id: RunID, because reason: StopReason, cancellingAttempts: Bool) {
        guard runs[id] != nil else { return }
        if runs[id]?.stopReason == nil {
            runs[id]?.stopReason = reason
            runs[id]?.isStopRecorded = false
        }
        withdraw(id)
        if cancellingAttempts {
            runs[id]?.cancelsAttempts = true
            for (link, tokens) in book.tokens(of: id) where links[link] != nil {
                links[link]?.outbox.cancel(tokens)
                wake(.speaking, of: link)
            }
        }
        notify(id)
    }

    /// Leases of a run that are not said yet go back: their workers never saw them.
    private mutating func withdraw(_ id: RunID) {
        for link in Array(links.keys) {
            let tokens = links[link]?.outbox.withdraw(id) ?? []
            if !tokens.isEmpty { giveBack(tokens, over: link) }
        }
    }

    /// Leases that their worker never saw go back to the store, by the link's deciding task.
    mutating func giveBack(_ tokens: [LeaseToken], over link: LinkID) {
        ending(tokens)
        links[link]?.inbox.add(.releases(tokens.map { LeaseRelease(token: $0, reason: .notStarted) }))
        wake(.deciding, of: link)
    }

    /// A run goes on that was stopped.
    mutating func resume(_ record: RunRecord) {
        guard runs[record.id] != nil else { return activate(record) }
        runs[record.id]?.isCompleted = record.state == .completed
        runs[record.id]?.stopReason = nil
        runs[record.id]?.isStopRecorded = true
        runs[record.id]?.cancelsAttempts = false
        notify(record.id)
        wakeGranting()
    }

    /// Takes over what the store has decided of a run by itself: that all of it is done, that its first failure stops it.
    mutating func catchUp(with record: RunRecord) {
        guard let run = runs[record.id] else { return }
        runs[record.id]?.isCompleted = record.state == .completed
        if run.stopReason == nil, let reason = record.stopReason {
            stop(record.id, because: reason, cancellingAttempts: reason.endsAttempts)
            runs[record.id]?.isStopRecorded = true
        }
        notify(record.id)
    }

    /// A run's targets are to be looked for; true when nobody does it yet.
    mutating func beginPlanning(_ id: RunID) -> Bool {
        guard let planning = runs[id]?.planning else { return false }
        runs[id]?.planning = planning == .none ? .underWay : .again
        return planning == .none
    }

    /// The looking for targets ended; true when it is to be done once more, because the run was resumed meanwhile.
    mutating func endPlanning(_ id: RunID) -> Bool {
        guard let planning = runs[id]?.planning else { return false }
        runs[id]?.planning = planning == .again ? .underWay : .none
        notify(id)
        return planning == .again
    }

    /// Why a run is stopped, where the store does not know it yet.
    func unrecordedStop(of run: RunID) -> StopReason? {
        runs[run].flatMap { $0.isStopRecorded ? nil : $0.stopReason }
    }

    /// The runs whose stop the store does not know yet.
    var unrecordedStops: [RunID] { runs.filter { !$0.value.isStopRecorded }.keys.sorted() }

    mutating func recordedStop(of run: RunID) {
        runs[run]?.isStopRecorded = true
        notify(run)
    }

    /// Whether nothing more happens in a run until it is resumed, and the store knows why.
    private func isOver(_ run: ActiveRun, _ id: RunID) -> Bool {
        guard run.planning == .none, run.isStopRecorded, leasesOut(of: run, id) == 0 else { return false }
        return run.isCompleted || run.stopReason != nil
    }

    /// Whether nothing more happens in a run, wherever it is remembered, until it is resumed.
    func isOver(_ id: RunID) -> Bool { runs[id].map { isOver($0, id) } ?? (book.count(of: id) == 0) }

    /// How many leases are out; of a stopped run also those that are on their way from the store and go back.
    private func leasesOut(of run: ActiveRun, _ id: RunID) -> Int {
        book.count(of: id) + (run.stopReason == nil ? 0 : run.grantsUnderWay)
    }

    /// Forgets the runs that are over.
    mutating func retire() {
        for (id, run) in runs where isOver(run, id) { forget(id) }
    }

    /// Forgets a run.
    mutating func forget(_ id: RunID) {
        guard runs.removeValue(forKey: id) != nil else { return }
        notify(id)
        restingRevision = revision
    }

    func status(of id: RunID) -> RunStatus? {
        runs[id].map { run in
            RunStatus(
                isCompleted: run.isCompleted, stopReason: run.stopReason, leasesOut: leasesOut(of: run, id),
                hindrance: run.hindrance)
        }
    }

    /// The account of the credentials is known; returns the workers whose own is another and of whom that was not said yet.
    mutating func learn(callingAccount account: AccountID) -> [ServedWorker] {
        callingAccount = account
        return workers.keys.sorted().compactMap { tellAccount(of: $0) }
    }

    /// A worker whose account is another than the coordinator's, the first time.
    mutating func tellAccount(of link: LinkID) -> ServedWorker? {
        guard let worker = workers[link], !worker.isAccountTold, let own = worker.account, let callingAccount,
            own != callingAccount
        else { return nil }
        workers[link]?.isAccountTold = true
        return worker
    }

    // MARK: Leases

    /// What becomes of leases is known.
    mutating func ending(_ tokens: [LeaseToken]) {
        let touched = runs(of: tokens)
        book.ending(tokens)
        for run in touched { roomWasMade(in: run) }
    }

    /// Leases have ended, and what became of them is recorded.
    mutating func ended(_ tokens: [LeaseToken]) {
        let touched = runs(of: tokens)
        book.ended(tokens)
        for run in touched {
            roomWasMade(in: run)
            notify(run)
        }
    }

    /// Tasks were settled: whatever put tasks of their runs off has passed.
    mutating func forgetHindrance(of tokens: [LeaseToken]) {
        for run in runs(of: tokens) { runs[run]?.hindrance = nil }
    }

    /// Notes why tasks wait; returns the runs whose roles can no longer be assumed, and what AWS said.
    mutating func hindered(by releases: [LeaseRelease]) -> [RunID: Failure] {
        var ended: [RunID: Failure] = [:]
        for release in releases {
            guard let run = book.run(of: release.token) else { continue }
            switch release.reason {
            case .callerCredentials(let failure): if ended[run] == nil { ended[run] = failure }
            case .throttled(let failure), .unreachable(let failure): runs[run]?.hindrance = failure
            case .notStarted, .interrupted: break
            }
        }
        return ended
    }

    private func runs(of tokens: [LeaseToken]) -> Set<RunID> {
        var found: Set<RunID> = []
        var last: RunID?
        for token in tokens {
            guard let run = book.run(of: token), run != last else { continue }
            found.insert(run)
            last = run
        }
        return found
    }
}
