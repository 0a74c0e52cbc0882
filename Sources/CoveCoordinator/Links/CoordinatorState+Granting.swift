// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// What may be granted to whom.
extension CoordinatorState {
    /// What the store is asked for.
    struct GrantRequest: Sendable {
        let link: LinkID
        let limit: Int
        let shares: [GrantShare]
        /// Leases that count against their runs' slots until the store has answered.
        let reserved: [RunID: Int]
    }

    /// What may be granted to a link now, `limit` leases at most; nil when that is nothing.
    mutating func beginGrant(to link: LinkID, limit: Int) -> GrantRequest? {
        guard goaway == nil, links[link]?.isEnded == false, let worker = workers[link], !worker.isDraining else {
            return nil
        }
        let credit = min(limit, book.credit(of: link))
        guard credit > 0 else { return nil }
        var shares: [GrantShare] = []
        var reserved: [RunID: Int] = [:]
        for id in runsInTurn(for: link) {
            guard let run = runs[id], run.isGrantable, worker.has(run.specification.function),
                worker.allows(run.specification.role), worker.takesFiles(of: run.specification.function),
                worker.takesSettings(of: run.specification.function)
            else { continue }
            let served = worker.served(of: run.regions)
            guard !served.isEmpty else { continue }
            // A report that is on its way into the store may be the failure that stops the run.
            if run.specification.raisesException, book.count(of: id) > book.running(of: id) {
                runs[id]?.deniedLinks.insert(link)
                continue
            }
            var share = GrantShare(run: id, regions: served.count == run.regions.count ? nil : served)
            if let room = room(in: id) {
                if room < credit { runs[id]?.deniedLinks.insert(link) }
                guard room > 0 else { continue }
                share.limit = min(room, credit)
                runs[id]?.reserved += share.limit
                reserved[id] = share.limit
            }
            runs[id]?.grantsUnderWay += 1
            shares.append(share)
        }
        guard !shares.isEmpty else { return nil }
        return GrantRequest(link: link, limit: credit, shares: shares, reserved: reserved)
    }

    /// The runs, those first whose turn it is: workers that serve different runs do not make each other begin anew.
    private func runsInTurn(for link: LinkID) -> [RunID] {
        let ids = runs.keys.sorted()
        guard let last = links[link]?.lastGranted, let place = ids.firstIndex(where: { $0 > last }) else { return ids }
        return Array(ids[place...] + ids[..<place])
    }

    /// The store has answered: leases of runs that were not stopped meanwhile are the worker's, and will be said to it.
    ///
    /// Returns the others, which go back.
    mutating func granted(_ leases: [Lease], on request: GrantRequest, now: ContinuousClock.Instant) -> [LeaseToken] {
        let isOpen = links[request.link]?.isEnded == false
        let kept = leases.filter { lease in isOpen && runs[lease.run].map { $0.stopReason == nil } ?? false }
        guard !kept.isEmpty, book.granted(kept, to: request.link, now: now) else { return leases.map(\.token) }
        let grant = LeaseGrant(leases: kept, assignments: assignments(for: kept))
        links[request.link]?.outbox.grant(grant)
        links[request.link]?.lastGranted = kept.last?.run
        wake(.speaking, of: request.link)
        for run in Set(kept.map(\.run)) { notify(run) }
        return leases.filter { book.run(of: $0.token) == nil }.map(\.token)
    }

    /// Nothing is left to do for a grant: its leases are in the book, or back in the store.
    mutating func endGrant(_ request: GrantRequest) {
        for share in request.shares {
            runs[share.run]?.grantsUnderWay -= 1
            if let count = request.reserved[share.run] {
                runs[share.run]?.reserved -= count
                roomWasMade(in: share.run)
            }
            if runs[share.run]?.stopReason != nil { notify(share.run) }
        }
    }

    /// How many more leases of a run may be out; nil for any number.
    private func room(in id: RunID) -> Int? {
        guard boundsSlots, let run = runs[id], let slots = run.specification.slots else { return nil }
        return max(0, slots - run.reserved - book.running(of: id))
    }

    /// Lets those links look again that a run's slots had kept from more.
    mutating func roomWasMade(in run: RunID) {
        guard let denied = runs[run]?.deniedLinks, !denied.isEmpty, room(in: run) != 0 else { return }
        runs[run]?.deniedLinks = []
        for link in denied { wake(.granting, of: link) }
    }

    /// What a worker is told of the runs of its leases.
    private func assignments(for leases: [Lease]) -> [RunAssignment] {
        Set(leases.map(\.run)).sorted().compactMap { id in
            guard let run = runs[id], let partition = run.partition else { return nil }
            let specification = run.specification
            return RunAssignment(
                run: id, function: specification.function, role: specification.role, partition: partition,
                taskTimeoutSeconds: specification.taskTimeoutSeconds)
        }
    }

    // MARK: Lacking

    /// What no connected worker has that a run needs.
    enum Lack: Sendable, Equatable {
        /// Nothing of it can be run; why.
        case everything(String)
        /// Tasks in these regions cannot be run.
        case regions([RegionName])
    }

    /// What connected workers lack for a run that is under way; nil for nothing.
    func lack(for id: RunID) -> Lack? {
        guard let run = runs[id], run.stopReason == nil, !run.isCompleted else { return nil }
        let serving = workers.filter { book.isConnected($0.key) && !$0.value.isDraining }.map(\.value)
        if serving.isEmpty { return .everything("no worker is connected") }
        let (kind, role) = (run.specification.function.kind, run.specification.role)
        guard serving.contains(where: { $0.allows(kind) }) else {
            return .everything("no connected worker allows \(kind.rawValue)")
        }
        if let missing = missingFunction(run.specification.function, among: serving) { return .everything(missing) }
        guard serving.contains(where: { $0.allows(role) }) else {
            return .everything("no connected worker allows the role \(role.name)")
        }
        let allowed = serving.filter { $0.has(run.specification.function) && $0.allows(role) }
        if allowed.isEmpty {
            return .everything("no connected worker allows both \(kind.rawValue) and the role \(role.name)")
        }
        let supplied = allowed.filter { $0.takesFiles(of: run.specification.function) }
        if supplied.isEmpty {
            return .everything(
                "no connected worker takes files that travel with a run: upgrade the workers, or give them a cache folder "
                    + "(HOME or XDG_CACHE_HOME)")
        }
        let fit = supplied.filter { $0.takesSettings(of: run.specification.function) }
        if fit.isEmpty {
            return .everything(
                "no connected worker takes what the program is to be started with (--run-in, --templates, --memory-limit, "
                    + "--credentials): upgrade the workers")
        }
        let served = fit.reduce(into: Set<Int>()) { $0.formUnion($1.served(of: run.regions)) }
        let missing = run.regions.indices.filter { !served.contains($0) }.compactMap { run.regions[$0] }
        return missing.isEmpty ? nil : .regions(missing)
    }
}

extension ActiveRun {
    /// Whether its tasks may be granted.
    fileprivate var isGrantable: Bool { stopReason == nil && !isCompleted && partition != nil }
}
