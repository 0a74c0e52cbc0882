// SPDX-License-Identifier: Apache-2.0

package import CoveCore
import CoveWire
package import Logging
import Synchronization

/// The files that travel with runs, at a worker: fetched once over its link, kept, and used by any number of attempts.
///
/// One part is asked for at a time over all artefacts, so that nothing that keeps leases waits long behind parts. What has come of an
/// artefact stays when the link ends, and the next link goes on with it.
package final class ArtefactCache: Sendable {
    private typealias Waiter = CheckedContinuation<Turn, any Error>

    /// What somebody who wants an artefact does next.
    private enum Turn: Sendable {
        /// Use it; it is held for them.
        case use(path: String)
        /// Unpack what has come, for all who wait.
        case unpack(ArtefactDownload)
        /// Begin anew: nobody waited for it any more, and it was given up.
        case lookAgain
    }

    private enum Entry {
        /// Somebody looks for it, or unpacks it. Next: `fetching`, `ready`, gone.
        case preparing([Int: Waiter])
        /// It comes over the link. Next: `preparing`, gone.
        case fetching(ArtefactDownload, [Int: Waiter])
        /// It is used by so many. Next: gone.
        case ready(ArtefactStore.Found, users: Int)
    }

    private struct State {
        var entries: [ArtefactReference: Entry] = [:]
        var nextWaiter = 0
        /// What is to be fetched, in the order of wanting.
        var wanted: [ArtefactReference] = []
        /// What was asked for on this link and has not come.
        var underWay: ArtefactRequest?
        var wake: @Sendable () -> Void = {}
        var isClean = false

        mutating func newWaiter() -> Int {
            nextWaiter += 1
            return nextWaiter
        }

        /// Forgets an artefact that cannot be had or is not wanted any more; who waited for it.
        mutating func drop(_ reference: ArtefactReference) -> [Waiter] {
            wanted.removeAll { $0 == reference }
            switch entries.removeValue(forKey: reference) {
            case .preparing(let waiters), .fetching(_, let waiters): return Array(waiters.values)
            case .ready, nil: return []
            }
        }

        /// Forgets a fetch for which nobody waits.
        mutating func dropUnwanted(_ reference: ArtefactReference) {
            guard case .fetching(_, let waiters) = entries[reference], waiters.isEmpty else { return }
            _ = drop(reference)
        }
    }

    let store: ArtefactStore
    private let logger: Logger
    private let state = Mutex(State())

    /// A cache in a folder of the worker's user, which is made when it is needed first.
    ///
    /// - Parameter limit: how many bytes of artefacts are kept; the least used go first. A GiB: sixteen of the largest.
    package init(folder: String, limit: Int = 1 << 30, logger: Logger) {
        store = ArtefactStore(folder: folder, limit: limit)
        self.logger = logger
    }

    // MARK: Using

    /// Calls `body` with the path of the folder of an artefact's files, which are there until it returns.
    ///
    /// Waits until they are, over as many links as it takes.
    ///
    /// - Throws: `Failure` with the type `ArtefactUnavailable` when they cannot be had; `CancellationError`; what `body` throws.
    package func with<Value>(
        _ reference: ArtefactReference, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let path = try await acquire(reference)
        defer { release(reference) }
        return try await body(path)
    }

    private func acquire(_ reference: ArtefactReference) async throws -> String {
        // The digest becomes a path, and comes from elsewhere.
        let problems = reference.problems
        guard problems.isEmpty else { throw Failure.noArtefact(problems.joined(separator: "; ")) }
        while true {
            if let path = try await attempt(reference) { return path }
        }
    }

    /// Finds or fetches an artefact; nil when that is to be begun anew.
    private func attempt(_ reference: ArtefactReference) async throws -> String? {
        let isFirst = state.withLock { state in
            guard state.entries[reference] == nil else { return false }
            state.entries[reference] = .preparing([:])
            return true
        }
        if isFirst, let path = try prepare(reference, { try look(for: reference) }) { return path }
        switch try await turn(for: reference) {
        case .use(let path): return path
        case .lookAgain: return nil
        case .unpack(let download):
            return try prepare(reference) {
                let found = try store.take(try download.unpack(), as: reference)
                logger.debug("an artefact was fetched", metadata: [LogKeys.artefact: "\(reference.digest)"])
                return found
            }
        }
    }

    /// Finds an artefact that is there; nil where it has to come.
    private func look(for reference: ArtefactReference) throws -> ArtefactStore.Found? {
        try store.open()
        let isClean = state.withLock { state in
            defer { state.isClean = true }
            return state.isClean
        }
        if !isClean { store.clean() }
        if let found = store.find(reference) { return found }
        if store.isThere(reference) {
            logger.warning(
                "files of a run were changed after they had come; they are fetched again",
                metadata: [LogKeys.artefact: "\(reference.digest)"])
        }
        try store.makeRoom(for: reference.size)
        return nil
    }

    /// Does for all who wait for an artefact what has to be done before it can be used, or fetched; nil when it has to be fetched.
    private func prepare(
        _ reference: ArtefactReference, _ body: () throws -> ArtefactStore.Found?
    ) throws -> String? {
        do {
            if let found = try body() {
                let waiters = state.withLock { state in
                    let waiters = state.drop(reference)
                    state.entries[reference] = .ready(found, users: waiters.count + 1)
                    return waiters
                }
                for waiter in waiters { waiter.resume(returning: .use(path: found.path)) }
                return found.path
            }
            let download = try ArtefactDownload(reference, in: store)
            let wake = state.withLock { state in
                guard case .preparing(let waiters) = state.entries[reference] else { return state.wake }
                state.entries[reference] = .fetching(download, waiters)
                state.wanted.append(reference)
                return state.wake
            }
            // Others may wait for it already, and the caller may not get to it any more.
            wake()
            return nil
        } catch {
            fail(reference, error)
            throw error
        }
    }

    /// Waits for what to do next.
    private func turn(for reference: ArtefactReference) async throws -> Turn {
        let id = state.withLock { $0.newWaiter() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (waiter: Waiter) in
                let turn: Result<Turn, any Error>? = state.withLock { state in
                    if Task.isCancelled {
                        // Whoever began the fetch may be the only one who wanted it.
                        state.dropUnwanted(reference)
                        return .failure(CancellationError())
                    }
                    switch state.entries[reference] {
                    case .preparing(var waiters):
                        waiters[id] = waiter
                        state.entries[reference] = .preparing(waiters)
                        return nil
                    case .fetching(let download, var waiters):
                        waiters[id] = waiter
                        state.entries[reference] = .fetching(download, waiters)
                        return nil
                    case .ready(let found, let users):
                        state.entries[reference] = .ready(found, users: users + 1)
                        return .success(.use(path: found.path))
                    case nil: return .success(.lookAgain)
                    }
                }
                if let turn { waiter.resume(with: turn) }
            }
        } onCancel: {
            leave(reference, id)
        }
    }

    /// Somebody does not wait any longer; what nobody waits for is not fetched.
    private func leave(_ reference: ArtefactReference, _ id: Int) {
        let waiter = state.withLock { state -> Waiter? in
            switch state.entries[reference] {
            case .preparing(var waiters):
                let waiter = waiters.removeValue(forKey: id)
                state.entries[reference] = .preparing(waiters)
                return waiter
            case .fetching(let download, var waiters):
                let waiter = waiters.removeValue(forKey: id)
                state.entries[reference] = .fetching(download, waiters)
                state.dropUnwanted(reference)
                return waiter
            case .ready, nil: return nil
            }
        }
        waiter?.resume(throwing: CancellationError())
    }

    private func release(_ reference: ArtefactReference) {
        state.withLock { state in
            guard case .ready(let found, let users) = state.entries[reference] else { return }
            if users > 1 {
                state.entries[reference] = .ready(found, users: users - 1)
            } else {
                found.lock.touch()
                state.entries[reference] = nil
            }
        }
    }

    private func fail(_ reference: ArtefactReference, _ error: any Error) {
        for waiter in state.withLock({ $0.drop(reference) }) { waiter.resume(throwing: error) }
    }

    // MARK: Fetching

    /// Calls `wake` when there is something to ask for.
    func attach(wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    /// What to ask the coordinator for now; nil while something is under way, or nothing is wanted.
    func nextRequest() -> ArtefactRequest? {
        state.withLock { state in
            guard state.underWay == nil else { return nil }
            for reference in state.wanted {
                guard case .fetching(let download, _) = state.entries[reference] else { continue }
                state.underWay = ArtefactRequest(artefact: reference, offset: download.count)
                return state.underWay
            }
            return nil
        }
    }

    /// The link ended: what was asked for on it does not come.
    func disconnected() { state.withLock { $0.underWay = nil } }

    /// The coordinator answered; what was not asked for changes nothing.
    func received(_ part: ArtefactPart) {
        let reference = part.artefact
        let download = state.withLock { state -> ArtefactDownload? in
            guard state.underWay == ArtefactRequest(artefact: reference, offset: part.offset) else { return nil }
            state.underWay = nil
            // Who waited may have left meanwhile, and others may have come.
            guard case .fetching(let download, _) = state.entries[reference], download.count == part.offset else {
                return nil
            }
            return download
        }
        guard let download else { return }
        do {
            switch part.content {
            case .problem(let problem): throw Failure.noArtefact("\(PeerText(problem))")
            case .bytes(let bytes): if try download.append(bytes) { complete(download) }
            }
        } catch {
            logger.warning("files of a run cannot be had", metadata: [LogKeys.error: "\(error)"])
            fail(reference, error)
        }
    }

    /// All of an artefact has come: one of those who wait unpacks it.
    private func complete(_ download: ArtefactDownload) {
        let waiter = state.withLock { state -> Waiter? in
            let reference = download.reference
            guard case .fetching(_, var waiters) = state.entries[reference] else { return nil }
            state.wanted.removeAll { $0 == reference }
            guard let first = waiters.keys.min(), let waiter = waiters.removeValue(forKey: first) else {
                state.entries[reference] = nil
                return nil
            }
            state.entries[reference] = .preparing(waiters)
            return waiter
        }
        waiter?.resume(returning: .unpack(download))
    }
}
