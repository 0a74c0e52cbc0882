// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Logging

/// Clients over links.
extension CoordinatorService {
    /// Works on a client's requests, some at a time, until its link ends.
    func answerRequests(on link: some ServiceLink, _ rights: Rights) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { link.close() }
            var underWay = 0
            while let message = await link.receive() {
                if underWay == ClientLimits.requests {
                    try await group.next()
                    underWay -= 1
                }
                group.addTask { try await self.answer(message, on: link, rights) }
                underWay += 1
            }
            // Nobody waits for the answers any more.
            link.close()
            group.cancelAll()
            while try await group.next() != nil {}
        }
    }

    private func answer(_ message: ClientMessage, on link: some ServiceLink, _ rights: Rights) async throws {
        do {
            try message.request.check(rights)
            await link.send(ReplyMessage(id: message.id, reply: try await reply(to: message.request)))
        } catch {
            logger.debug("a request failed", metadata: [LogKeys.error: "\(error)"])
            await link.send(ReplyMessage(id: message.id, reply: .failure(RequestFailure(error))))
            guard let error = error as? StoreError, error.endsCoordinator else { return }
            link.close()
            throw error
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
            try await submit(run, specification)
        case .plan(let specification):
            try specification.checkForLink()
            return .plan(try await plan(specification))
        case .resume(let run): try await resume(run)
        case .retry(let run): return .retried(try await retry(run))
        case .cancel(let run): try await cancel(run)
        case .forget(let run): try await forget(run)
        }
        return .done
    }
}

extension ClientRequest {
    /// Refuses what a client may not ask.
    fileprivate func check(_ rights: Rights) throws(RequestFailure) {
        let (needed, name): (Rights, String) =
            switch self {
            case .runs, .run, .tasks, .outcomes, .skippedAccounts, .snapshot, .workers: (.read, "read")
            case .submit, .plan, .resume, .retry, .cancel, .forget: (.submit, "submit")
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
