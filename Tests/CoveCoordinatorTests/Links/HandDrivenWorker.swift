// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging
import Testing

@testable import CoveCoordinator

/// A worker's end of a link, whose every message a test says.
struct HandDrivenWorker: Sendable {
    typealias End = LoopbackLink<WorkerMessage, CoordinatorMessage>

    /// A message that was not the expected one.
    struct Unexpected: Error {
        let message: CoordinatorMessage?
    }

    let link: End

    /// Says hello; the session is named as the worker unless another is given.
    func hello(
        _ name: String = "w1", session: String? = nil, kinds: [FunctionSpecification.Kind] = [.exec],
        regions: [String]? = nil, roles: [String]? = nil, account: AccountID? = nil, holding held: [Lease] = []
    ) async {
        await link.send(
            .hello(
                Hello(
                    worker: name, session: session ?? name, slots: 4, kinds: kinds, regions: regions, roles: roles,
                    account: account, held: held.map(\.token))))
    }

    /// Says that it lives, and waits for the answer.
    func heartbeat(_ number: Int64 = 1, isDraining: Bool = false) async throws {
        await link.send(.heartbeat(Heartbeat(number: number, isDraining: isDraining)))
        let message = await link.receive()
        guard message == .renewal(Renewal(number: number)) else { throw Unexpected(message: message) }
    }

    func ask(_ want: Int) async { await link.send(.leaseRequest(LeaseRequest(want: want))) }

    func report(_ leases: Lease..., as outcome: Outcome = .succeeded(.number(1))) async {
        await link.send(.report(leases.map { $0.report(outcome) }))
    }

    func release(_ leases: [Lease], _ reason: LeaseRelease.Reason) async {
        await link.send(.release(leases.map { $0.release(reason) }))
    }

    func welcome() async throws -> Welcome {
        let message = await link.receive()
        guard case .welcome(let welcome) = message else { throw Unexpected(message: message) }
        return welcome
    }

    /// The leases of the grants that come next, until there are so many.
    func leases(_ count: Int) async throws -> [Lease] {
        var leases: [Lease] = []
        while leases.count < count {
            let message = await link.receive()
            guard case .grant(let grant) = message else { throw Unexpected(message: message) }
            leases += grant.leases
        }
        try #require(leases.count == count)
        return leases
    }

    func verdicts() async throws -> [ReportVerdict] {
        let message = await link.receive()
        guard case .verdicts(let answers) = message else { throw Unexpected(message: message) }
        return answers.map(\.verdict)
    }

    func cancelled() async throws -> Set<LeaseToken> {
        let message = await link.receive()
        guard case .cancel(let tokens) = message else { throw Unexpected(message: message) }
        return Set(tokens)
    }

    func refusal() async throws -> Refusal {
        let message = await link.receive()
        guard case .refusal(let refusal) = message else { throw Unexpected(message: message) }
        return refusal
    }

    /// Waits until the coordinator has decided on all that was said before: a report of no task is answered in turn.
    func caughtUp() async throws {
        let nobody = LeaseToken(task: TaskID(.max), epoch: 1, generation: 1)
        let report = AttemptReport(
            token: nobody, outcome: .succeeded(nil), startedAt: .start, durationMilliseconds: 0)
        await link.send(.report([report]))
        try #require(try await verdicts() == [.unknown])
    }
}

/// A coordinator over a store in a temporary folder, with clocks that stand still.
final class CoordinatorBench: Sendable {
    let folder: TemporaryFolder
    let store: any TaskStore
    let coordinator: Coordinator
    let clock = ManualClock(wall: .start)

    /// - Parameter interposing: puts something between the coordinator and the store.
    init(
        ttl: Duration = .seconds(8), logger: Logger = .silent, interposing: (any TaskStore) -> any TaskStore = { $0 }
    ) async throws {
        folder = try TemporaryFolder()
        store = interposing(try await StoreKind.sqlite.open(folder))
        coordinator = Coordinator(
            store: store, configuration: CoordinatorConfiguration(terms: LeaseTerms(ttl: ttl)), clock: clock.clock,
            logger: logger)
    }

    /// A run that is planned and taken up.
    func activeRun(
        _ number: Int = 1, accounts: Range<Int> = 0..<2, regions: [String]? = ["eu-west-1"],
        raisesException: Bool = false, isAtMostOnce: Bool = false, slots: Int? = nil
    ) async throws -> RunID {
        let run = RunID.sample(number)
        var specification = RunSpecification.sample(regions: regions, isAtMostOnce: isAtMostOnce)
        specification.raisesException = raisesException
        specification.slots = slots
        try await store.createRun(run, specification: specification, createdAt: .start)
        try await store.beginPlanning(run, callingAccount: Caller.sample.account, partition: "aws")
        _ = try await store.addTargets(Account.samples(accounts), skipped: [], to: run)
        try await store.finishPlanning(run)
        try await activate(run)
        return run
    }

    func activate(_ run: RunID) async throws {
        let record = try await store.run(run)
        coordinator.activate(try #require(record))
    }

    func counts(_ run: RunID) async throws -> RunCounts {
        let counts = try await store.counts(of: run)
        return try #require(counts)
    }

    /// Serves one worker while `body` speaks for it; then its link is closed and the serving awaited.
    func withWorker<Result>(_ body: (HandDrivenWorker) async throws -> Result) async throws -> Result {
        let (worker, end) = HandDrivenWorker.End.pair()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.coordinator.serve(end) }
            defer { worker.close() }
            let result = try await body(HandDrivenWorker(link: worker))
            worker.close()
            try await group.waitForAll()
            return result
        }
    }

    /// As `withWorker`, for a worker that was welcomed.
    func withWelcomedWorker<Result>(
        _ name: String = "w1", _ body: (HandDrivenWorker) async throws -> Result
    ) async throws -> Result {
        try await withWorker { worker in
            await worker.hello(name)
            _ = try await worker.welcome()
            return try await body(worker)
        }
    }

    /// Lets the coordinator expire leases while `body` runs.
    func whileRunning<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.coordinator.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Waits until the run's status is as wanted.
    func until(_ run: RunID, _ isMet: (RunStatus) -> Bool) async {
        for await _ in coordinator.changes(of: run) {
            if let status = coordinator.status(of: run), isMet(status) { return }
        }
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
