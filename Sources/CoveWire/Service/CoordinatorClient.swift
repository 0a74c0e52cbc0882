// SPDX-License-Identifier: Apache-2.0

package import CoveCore
package import Logging

/// A coordinator, asked over a link.
///
/// `run` has to be running while it is used: it makes the link when somebody asks, keeps it, and makes another one when it was lost
/// while somebody waits. Requests of several callers travel over the one link.
package final class CoordinatorClient: RunService {
    private let links: any LinkSource<ClientMessage, ReplyMessage>
    private let patience: Duration
    private let clock: LinkClock
    private let random: @Sendable (ClosedRange<Int64>) -> Int64
    private let logger: Logger
    private let pending = PendingRequests()

    /// A client of the coordinator that a connector connects to.
    package convenience init(
        _ connector: WireConnector, patience: Duration = .seconds(30), clock: LinkClock = .system, logger: Logger
    ) {
        self.init(links: connector.clientLinks, patience: patience, clock: clock, logger: logger) {
            Int64.random(in: $0)
        }
    }

    /// A client over links.
    ///
    /// - Parameters:
    ///   - patience: how long callers wait while no link could be made yet
    ///   - random: a number of a range, for the time until another link is tried
    package init(
        links: any LinkSource<ClientMessage, ReplyMessage>, patience: Duration = .seconds(30),
        clock: LinkClock = .system, logger: Logger, random: @escaping @Sendable (ClosedRange<Int64>) -> Int64
    ) {
        self.links = links
        self.patience = patience
        self.clock = clock
        self.logger = logger
        self.random = random
    }

    /// Makes and keeps the link, until it is cancelled; who waits for a reply then, or asks later, gets a `LinkError`.
    package func run() async throws {
        pending.begin()
        defer { pending.end(LinkError(.closed, "the client of the coordinator was stopped")) }
        var contact = Contact()
        while true {
            await pending.isWaitedFor()
            if Task.isCancelled { return }
            let start = clock.now()
            do {
                try await links.withLink { link in
                    contact.isMade()
                    await converse(link)
                }
                pending.lost()
                if Task.isCancelled { return }
                logger.debug("the link to the coordinator was lost")
            } catch {
                pending.lost()
                if Task.isCancelled { return }
                let error = error as? LinkError ?? LinkError(.closed, "the link to the coordinator failed: \(error)")
                guard error.isTransient, contact.goesOn(since: start, now: clock.now(), patience) else {
                    pending.fail(error)
                    contact.failed()
                    continue
                }
                logger.debug("no link to the coordinator", metadata: [LogKeys.error: "\(error)"])
            }
            guard !pending.isEmpty else { continue }
            do {
                try await clock.sleep(contact.nextDelay(random))
            } catch {
                return
            }
        }
    }

    /// Sends requests and takes replies until the link ends.
    private func converse(_ link: any ClientLink) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [pending] in
                while let message = await pending.next() {
                    let hasLeft = await link.send(message)
                    pending.sent(message.id, hasLeft)
                    if !hasLeft { break }
                }
                link.close()
            }
            while let reply = await link.receive() { pending.answer(reply) }
            link.close()
            group.cancelAll()
        }
    }

    // MARK: RunReader

    package func run(_ run: RunID) async throws -> RunRecord? {
        try await ask(.run(run)) { if case .run(let record) = $0 { .some(record) } else { nil } }
    }

    package func runs() async throws -> [RunRecord] {
        try await ask(.runs) { if case .runs(let records) = $0 { records } else { nil } }
    }

    package func tasks(
        of run: RunID, in states: [TaskState], after cursor: TaskCursor, limit: Int
    ) async throws -> TaskPage {
        try await ask(.tasks(run, states: states, after: cursor, limit: limit)) {
            if case .tasks(let page) = $0 { page } else { nil }
        }
    }

    package func outcomes(of run: RunID, after sequence: Int64, limit: Int) async throws -> OutcomePage {
        try await ask(.outcomes(run, after: sequence, limit: limit)) {
            if case .outcomes(let page) = $0 { page } else { nil }
        }
    }

    package func skippedAccounts(of run: RunID) async throws -> [NotTargeted] {
        try await ask(.skippedAccounts(run)) { if case .skippedAccounts(let accounts) = $0 { accounts } else { nil } }
    }

    // MARK: RunService

    package func submit(_ run: RunID, _ specification: RunSpecification) async throws {
        do {
            try await order(.submit(run, specification))
        } catch let failure as RequestFailure where failure.isOfUnknown(.submitWithSettings) {
            throw RequestFailure(
                .invalidRequest,
                [
                    "the coordinator does not take what the program is to be started with (--run-in, --templates, "
                        + "--memory-limit, --credentials), and would run it without: upgrade the coordinator"
                ] + failure.problems)
        }
    }

    package func plan(_ specification: RunSpecification) async throws -> RunPlan {
        try await ask(.plan(specification)) { if case .plan(let plan) = $0 { plan } else { nil } }
    }

    package func stored(of artefact: ArtefactReference) async throws -> Int {
        try await ask(.artefact(artefact)) { if case .artefact(let stored) = $0 { stored } else { nil } }
    }

    package func add(_ part: [UInt8], at offset: Int, to artefact: ArtefactReference) async throws -> Int {
        try await ask(.artefactPart(artefact, offset: offset, bytes: part)) {
            if case .artefact(let stored) = $0 { stored } else { nil }
        }
    }

    package func resume(_ run: RunID) async throws { try await order(.resume(run)) }

    package func retry(_ run: RunID) async throws -> Int {
        try await ask(.retry(run)) { if case .retried(let count) = $0 { count } else { nil } }
    }

    package func cancel(_ run: RunID) async throws { try await order(.cancel(run)) }

    package func forget(_ run: RunID) async throws { try await order(.forget(run)) }

    package func workers() async throws -> [WorkerRecord] {
        try await ask(.workers) { if case .workers(let records) = $0 { records } else { nil } }
    }

    package func snapshot(of run: RunID, after revision: Int64?) async throws -> RunSnapshot? {
        try await ask(.snapshot(run, after: revision)) {
            if case .snapshot(let snapshot) = $0 { .some(snapshot) } else { nil }
        }
    }

    // MARK: Requests

    private func order(_ request: ClientRequest) async throws {
        try await ask(request) { if case .done = $0 { () } else { nil } }
    }

    /// A request's reply; `read` gives nil for a reply of another kind.
    private func ask<Answer>(_ request: ClientRequest, _ read: (ClientReply) -> Answer?) async throws -> Answer {
        let reply = try await pending.reply(to: request)
        if case .failure(let failure) = reply { throw failure }
        guard let answer = read(reply) else {
            throw LinkError(.malformed, "the coordinator answered `\(request.name)` with something else")
        }
        return answer
    }
}

/// What a client remembers of its attempts to have a link.
private struct Contact {
    /// The longest time between two attempts, in milliseconds: somebody waits.
    private static let longest: Int64 = 5_000

    private var wasMade = false
    private var failures = 0
    /// When the first of the attempts in vain began.
    private var start: ContinuousClock.Instant?

    mutating func isMade() {
        wasMade = true
        failures = 0
        start = nil
    }

    /// Those who waited were told; the next ones wait anew.
    mutating func failed() {
        failures = 0
        start = nil
    }

    /// Whether another attempt is made after one that failed: after the first contact always.
    mutating func goesOn(since attempt: ContinuousClock.Instant, now: ContinuousClock.Instant, _ patience: Duration)
        -> Bool
    {
        let first = start ?? attempt
        start = first
        return wasMade || now - first < patience
    }

    /// How long to wait: between nothing and a time that doubles, so that those who lost a coordinator together do not return together.
    mutating func nextDelay(_ random: (ClosedRange<Int64>) -> Int64) -> Duration {
        defer { failures += 1 }
        return .milliseconds(random(0...min(Self.longest, 500 << Int64(min(failures, 10)))))
    }
}
