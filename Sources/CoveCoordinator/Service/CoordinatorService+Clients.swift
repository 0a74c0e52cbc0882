// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// Clients over links.
extension CoordinatorService {
    /// Works on a client's requests, some at a time, until its link ends.
    func answerRequests(on link: some ServiceLink, _ rights: Rights) async throws {
        let pages = AssemblyBudget(capacity: 1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { link.close() }
            var underWay = 0
            while let message = await link.receive() {
                if underWay == ClientLimits.requests {
                    try await group.next()
                    underWay -= 1
                }
                group.addTask { try await self.answer(message, on: link, rights, pages) }
                underWay += 1
            }
            // Nobody waits for the answers any more.
            link.close()
            group.cancelAll()
            while try await group.next() != nil {}
        }
    }

    /// Works on a request and sends the reply.
    ///
    /// - Parameter pages: lets one page of a link be in memory at a time, so that a client that asks for many and reads none costs one.
    private func answer(
        _ message: ClientMessage, on link: some ServiceLink, _ rights: Rights, _ pages: AssemblyBudget
    ) async throws {
        do {
            try message.request.check(rights)
            let turns = message.request.isOfAPage ? (try await pages.reserve(1), try await pageMemory.reserve(1)) : nil
            defer {
                turns?.0.giveBack()
                turns?.1.giveBack()
            }
            let reply = ReplyMessage(id: message.id, reply: try await reply(to: message.request))
            await send(reply, on: link)
        } catch is CancellationError {
            return
        } catch {
            logger.debug("a request failed", metadata: [LogKeys.error: "\(error)"])
            await send(ReplyMessage(id: message.id, reply: .failure(RequestFailure(error))), on: link)
            guard let error = error as? StoreError, error.endsCoordinator else { return }
            link.close()
            throw error
        }
    }

    /// Sends a reply; a client that does not take it in time is let go, because others wait for the memory that it holds.
    private func send(_ reply: ReplyMessage, on link: some ServiceLink) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await link.send(reply)
                return true
            }
            group.addTask { (try? await self.clock.sleep(ClientLimits.longestSend)) == nil }
            if await group.next() == false {
                logger.debug("a client did not read its reply in time")
                link.close()
            }
            group.cancelAll()
        }
    }

    private func reply(to request: ClientRequest) async throws -> ClientReply {
        switch request {
        case .runs: return .runs(try await runs())
        case .run(let run): return .run(try await self.run(run))
        case .tasks(let run, let states, let cursor, let limit):
            return .tasks(try await tasks(of: run, in: states, after: cursor, limit: limit))
        case .outcomes(let run, let sequence, let limit):
            return .outcomes(try await outcomes(of: run, after: sequence, limit: limit))
        case .skippedAccounts(let run): return .skippedAccounts(try await skippedAccounts(of: run))
        case .snapshot(let run, let revision): return .snapshot(try await snapshot(of: run, after: revision))
        case .workers: return .workers(try await workers())
        case .submit(let run, let specification):
            try specification.checkForLink()
            try await checkServed(run, specification)
            try await submit(run, specification)
        case .plan(let specification):
            try specification.checkForLink()
            return .plan(try await plan(specification))
        case .artefact(let artefact): return .artefact(try await stored(of: artefact))
        case .artefactPart(let artefact, let offset, let bytes):
            return .artefact(try await add(bytes, at: offset, to: artefact))
        case .resume(let run): try await resume(run)
        case .retry(let run): return .retried(try await retry(run))
        case .cancel(let run): try await cancel(run)
        case .forget(let run): try await forget(run)
        }
        return .done
    }

    /// Refuses a new run of a program's function that no connected worker has: it would wait for ever for a build that may
    /// not exist any more.
    private func checkServed(_ run: RunID, _ specification: RunSpecification) async throws {
        guard let missing = coordinator.change({ $0.missingFunction(specification.function) }),
            try await store.run(run) == nil
        else { return }
        throw RequestFailure(
            .unavailable,
            ["\(missing); start workers of the program that submits (its command worker), and submit again"])
    }
}

extension ClientRequest {
    /// Whether the reply is as large as the results of a run.
    fileprivate var isOfAPage: Bool {
        switch self {
        case .tasks, .outcomes: true
        default: false
        }
    }

    /// Refuses what a client may not ask.
    fileprivate func check(_ rights: Rights) throws(RequestFailure) {
        let (needed, name): (Rights, String) =
            switch self {
            case .runs, .run, .tasks, .outcomes, .skippedAccounts, .snapshot, .workers: (.read, "read")
            case .submit, .artefact, .artefactPart, .plan, .resume, .retry, .cancel, .forget: (.submit, "submit")
            }
        guard !rights.isSuperset(of: needed) else { return }
        throw RequestFailure(
            .forbidden,
            ["this needs the right \(name), which the client does not have: show a token or certificate that has it"])
    }
}

extension RunSpecification {
    /// Refuses what only makes sense on the machine that performs the run.
    fileprivate func checkForLink() throws(RequestFailure) {
        guard profile != nil else { return }
        throw RequestFailure(
            .invalidRequest,
            ["the coordinator and its workers use their own credentials: a profile cannot be named; leave it away"])
    }
}
