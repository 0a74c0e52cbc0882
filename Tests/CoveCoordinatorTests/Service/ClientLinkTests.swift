// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Clients over links: rights, many requests at a time, and failures as values.
@Suite(.timeLimit(.minutes(5)))
struct ClientLinkTests {
    /// One end of a client's link within the process.
    private struct End<Outgoing: Sendable, Incoming: Sendable>: Link {
        let outgoing: MessageChannel<Outgoing>
        let incoming: MessageChannel<Incoming>

        @discardableResult
        func send(_ message: Outgoing) async -> Bool { await outgoing.send(message) }
        func receive() async -> Incoming? { await incoming.receive() }
        func close() {
            outgoing.close()
            incoming.close()
        }
    }

    /// A client that numbers its requests.
    private struct Client {
        let end: End<ClientMessage, ReplyMessage>

        func ask(_ request: ClientRequest, id: Int64 = 1) async -> ClientReply? {
            await end.send(ClientMessage(id: id, request: request))
            let message = await end.receive()
            #expect(message?.id == id)
            return message?.reply
        }

        func failure(of request: ClientRequest) async -> RequestFailure? {
            guard case .failure(let failure) = await ask(request) else { return nil }
            return failure
        }
    }

    private let run = RunID.sample(1)

    private func withClient(
        _ bench: ServiceBench, _ rights: Rights = .submit, capacity: Int = 64, _ body: (Client) async throws -> Void
    ) async throws {
        let up = MessageChannel<ClientMessage>(capacity: capacity)
        let down = MessageChannel<ReplyMessage>(capacity: capacity)
        let client = End(outgoing: up, incoming: down)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await bench.service.serve(client: End(outgoing: down, incoming: up), rights: rights)
            }
            defer { client.close() }
            try await body(Client(end: client))
            client.close()
            try await group.waitForAll()
        }
    }

    @Test func `a client submits a run, watches it, and reads what came of it`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            try await withClient(bench) { client in
                #expect(await client.ask(.submit(run, .sample(regions: ["eu-west-1"]))) == .done)
                try await bench.withWelcomedWorker { worker in
                    await worker.ask(2)
                    for lease in try await worker.leases(2) { await worker.report(lease, as: .failed(.sample)) }
                    _ = try await worker.verdicts()
                    _ = try await worker.verdicts()
                    guard case .workers(let workers) = await client.ask(.workers) else { throw CancellationError() }
                    #expect(workers.map(\.name) == ["w1"])
                }
                let record = try await bench.until(run) { $0.record.state == .completed }.record
                #expect(await client.ask(.run(run)) == .run(record))
                #expect(await client.ask(.runs) == .runs([record]))
                #expect(await client.ask(.run(.sample(9))) == .run(nil))
                guard
                    case .tasks(let page) = await client.ask(
                        .tasks(run, states: [.failed], after: .start, limit: .max)),
                    case .outcomes(let outcomes) = await client.ask(.outcomes(run, after: 0, limit: -5)),
                    case .snapshot(let snapshot) = await client.ask(.snapshot(run, after: nil))
                else { throw CancellationError() }
                #expect(page.tasks.count == 2 && outcomes.tasks.count == 1 && snapshot?.record == record)
                #expect(await client.ask(.skippedAccounts(run)) == .skippedAccounts([]))
                #expect(await client.ask(.retry(run)) == .retried(2))
                #expect(await client.ask(.cancel(run)) == .done)
                #expect(await client.ask(.resume(run)) == .done)
                #expect(await client.failure(of: .forget(run))?.code == .conflict)
                #expect(await client.ask(.cancel(run)) == .done)
                try await bench.until(run) { $0.status.isOver }
                #expect(await client.ask(.forget(run)) == .done)
                #expect(
                    await client.failure(of: .tasks(run, states: [.ready], after: .start, limit: 1))?.code == .notFound)
                guard case .plan(let plan) = await client.ask(.plan(.sample())) else { throw CancellationError() }
                #expect(plan.targets.count == 2)
            }
        }
    }

    @Test func `a client that may only read changes nothing, and one without rights learns nothing`() async throws {
        let bench = try await ServiceBench()
        let reading: [ClientRequest] = [
            .runs, .run(run), .tasks(run, states: [], after: .start, limit: 1), .outcomes(run, after: 0, limit: 1),
            .skippedAccounts(run), .snapshot(run, after: nil), .workers,
        ]
        let submitting: [ClientRequest] = [
            .submit(run, .sample()), .plan(.sample()), .resume(run), .retry(run), .cancel(run), .forget(run),
            .artefact(ArtefactReference(digest: String(repeating: "a", count: 64), size: 9)),
            .artefactPart(
                ArtefactReference(digest: String(repeating: "a", count: 64), size: 9), offset: 0, bytes: [1]),
        ]
        try await bench.whileRunning {
            try await withClient(bench, .read) { client in
                for request in reading { #expect(await client.failure(of: request)?.code != .forbidden) }
                for request in submitting {
                    let failure = await client.failure(of: request)
                    #expect(failure?.code == .forbidden && failure?.problems[0].contains("the right submit") == true)
                }
            }
            try await withClient(bench, .join) { client in
                for request in reading + submitting {
                    let failure = await client.failure(of: request)
                    #expect(failure?.code == .forbidden)
                }
                #expect(await client.failure(of: .runs)?.problems[0].contains("the right read") == true)
            }
            #expect(try await bench.service.runs().isEmpty)
        }
    }

    @Test func `a profile of the client's machine cannot be named`() async throws {
        let bench = try await ServiceBench()
        var specification = RunSpecification.sample()
        specification.profile = "admin"
        try await bench.whileRunning {
            try await withClient(bench) { client in
                for request in [ClientRequest.submit(run, specification), .plan(specification)] {
                    let failure = await client.failure(of: request)
                    #expect(failure?.code == .invalidRequest && failure?.problems[0].contains("profile") == true)
                }
            }
        }
    }

    @Test func `what goes wrong is told in the client's words`() async throws {
        let bench = try await ServiceBench(directory: { specification in
            if specification.isAtMostOnce { throw InvalidRequest(["one", "two"]) }
            return ScriptedDirectory(
                .init(pages: [], accountsError: (0, .refusal("AccessDeniedException", status: 400))))
        })
        try await bench.whileRunning {
            try await withClient(bench) { client in
                #expect(
                    await client.failure(of: .plan(.sample(isAtMostOnce: true)))
                        == RequestFailure(.invalidRequest, ["one", "two"]))
                let failure = await client.failure(of: .plan(.sample()))
                #expect(failure?.code == .unavailable)
                #expect(failure?.problems[0].contains("organizations:ListAccounts") == true)
                #expect(await client.failure(of: .resume(run))?.code == .notFound)
            }
        }
    }

    @Test func `requests do not wait for each other, up to a number`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            let snapshot = try await bench.quietRun(run, .sample())
            try await withClient(bench) { client in
                let waiting = Int64(ClientLimits.requests - 1)
                for id in 1...waiting {
                    await client.end.send(ClientMessage(id: id, request: .snapshot(run, after: snapshot.revision)))
                }
                await bench.clock.sleeping(Int(waiting) + 1)
                #expect(await client.ask(.runs, id: 100) != nil, "it overtakes those that wait for news")
                // One more that waits, and the next is not read before one of them is answered.
                await client.end.send(ClientMessage(id: 50, request: .snapshot(run, after: snapshot.revision)))
                await bench.clock.sleeping(Int(waiting) + 2)
                await client.end.send(ClientMessage(id: 101, request: .runs))
                try await bench.service.cancel(run)
                var answered: Set<Int64> = []
                for _ in 0..<(waiting + 2) {
                    if let message = await client.end.receive() { answered.insert(message.id) }
                }
                #expect(answered == Set(1...waiting).union([50, 101]))
            }
        }
    }

    @Test func `a client that leaves ends its requests`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            let snapshot = try await bench.quietRun(run, .sample())
            try await withClient(bench) { client in
                await client.end.send(ClientMessage(id: 1, request: .snapshot(run, after: snapshot.revision)))
                await bench.clock.sleeping(2)
            }
            #expect(bench.coordinator.change { $0.watcherCount } == 0)
        }
    }

    @Test func `a client that does not read its answers delays nobody else`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            try await withClient(bench, capacity: 1) { deaf in
                for id in Int64(1)...16 { await deaf.end.send(ClientMessage(id: id, request: .runs)) }
                try await withClient(bench) { client in
                    #expect(await client.ask(.runs) == .runs([]))
                }
            }
        }
    }

    @Test func `a store that fails for good is told, and ends the serving`() async throws {
        let bench = try await ServiceBench(interposing: { base in
            InterposedStore(base, before: { if $0 == .run { throw StoreError(.failed, "the disk failed") } })
        })
        let error = await #expect(throws: StoreError.self) {
            try await bench.whileRunning {
                try await withClient(bench) { client in
                    #expect(await client.failure(of: .run(run)) == RequestFailure(.unavailable, ["the disk failed"]))
                }
            }
        }
        #expect(error?.code == .failed)
    }
}
