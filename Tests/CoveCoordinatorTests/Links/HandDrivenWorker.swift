// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
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
        regions: [String]? = nil, roles: [String]? = nil, account: AccountID? = nil, native: NativeOffer? = nil,
        holding held: [Lease] = []
    ) async {
        await link.send(
            .hello(
                Hello(
                    worker: name, session: session ?? name, slots: 4, kinds: kinds, regions: regions, roles: roles,
                    account: account, native: native, held: held.map(\.token))))
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

    /// The verdict on what was reported, and the leases for which it made room: which of them is sent first is not promised.
    func verdictsAndLeases(_ count: Int) async throws -> (verdicts: [ReportVerdict], leases: [Lease]) {
        var (verdicts, leases): ([ReportVerdict], [Lease]) = ([], [])
        while verdicts.isEmpty || leases.count < count {
            switch await link.receive() {
            case .verdicts(let answers): verdicts += answers.map(\.verdict)
            case .grant(let grant): leases += grant.leases
            case let message: throw Unexpected(message: message)
            }
        }
        try #require(leases.count == count)
        return (verdicts, leases)
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

/// Serves a worker while `body` speaks for it; then its link is closed and the serving awaited.
func withWorker<Result>(
    servedBy serve: @escaping @Sendable (LoopbackLink<CoordinatorMessage, WorkerMessage>) async throws -> Void,
    _ body: (HandDrivenWorker) async throws -> Result
) async throws -> Result {
    let (worker, end) = HandDrivenWorker.End.pair()
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await serve(end) }
        defer { worker.close() }
        let result = try await body(HandDrivenWorker(link: worker))
        worker.close()
        try await group.waitForAll()
        return result
    }
}
