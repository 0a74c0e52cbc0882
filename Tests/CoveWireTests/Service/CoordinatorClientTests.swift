// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import Testing

@testable import CoveWire

@Suite struct CoordinatorClientTests {
    private let id: RunID
    private let clock = ManualClock()
    private let log = LogRecorder()
    private let unreachable = LinkError(.unreachable, "nobody is there")

    init() throws { id = try #require(RunID("20261120-235959-k3x9q")) }

    /// A client whose time between two attempts is the longest that it may be.
    private func client(_ links: ScriptedLinks, patience: Duration = .seconds(30)) -> CoordinatorClient {
        CoordinatorClient(links: links, patience: patience, clock: clock.clock, logger: log.logger) { $0.upperBound }
    }

    /// Runs the client while the body does.
    private func running<Result: Sendable>(
        _ client: CoordinatorClient, _ body: () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            let result = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    /// Answers all requests in the same way.
    private static func answering(_ reply: ClientReply) -> ScriptedLinks.Attempt {
        .works { link in
            while let message = await link.receive() { await link.send(ReplyMessage(id: message.id, reply: reply)) }
        }
    }

    @Test func `each request finds its reply, in whatever order they come`() async throws {
        let links = ScriptedLinks { _ in
            .works { link in
                var messages: [ClientMessage] = []
                while messages.count < 3, let message = await link.receive() { messages.append(message) }
                await link.send(ReplyMessage(id: 4_711, reply: .done))
                for message in messages.sorted(by: { $0.id > $1.id }) {
                    let reply: ClientReply =
                        switch message.request {
                        case .runs: .runs([])
                        case .retry: .retried(5)
                        default: .done
                        }
                    await link.send(ReplyMessage(id: message.id, reply: reply))
                }
                while await link.receive() != nil {}
            }
        }
        let client = client(links)
        try await running(client) {
            async let runs = client.runs()
            async let retried = client.retry(id)
            async let done: Void = client.cancel(id)
            let runsAnswer = try await runs
            #expect(runsAnswer == [])
            let retriedAnswer = try await retried
            #expect(retriedAnswer == 5)
            try await done
        }
        #expect(links.attempts.value == 1)
    }

    @Test func `settings and files are blamed on an older coordinator only where it does not know the call`()
        async throws
    {
        let program = ProgramSpecification(program: "true", settings: ProgramSettings(memoryLimit: 1 << 30))
        let specification = RunSpecification(function: .exec(program), role: RoleSpecification(name: "Reader"))
        let artefact = PackedArtefact(bytes: [1])
        func failures(_ problem: @escaping @Sendable (String) -> String) async throws -> [RequestFailure] {
            let links = ScriptedLinks { _ in
                .works { link in
                    while let message = await link.receive() {
                        let call = if case .submit = message.request { "submitWithSettings" } else { "artefact" }
                        let failure = RequestFailure(.invalidRequest, [problem(call)])
                        await link.send(ReplyMessage(id: message.id, reply: .failure(failure)))
                    }
                }
            }
            let client = client(links)
            return try await running(client) {
                var failures: [RequestFailure] = []
                do { try await client.submit(id, specification) } catch let failure as RequestFailure {
                    failures.append(failure)
                }
                do { try await client.upload(artefact) } catch let failure as RequestFailure {
                    failures.append(failure)
                }
                return failures
            }
        }
        let old = try await failures { "request \"\($0)\" is not understood: call: this version does not know it" }
        #expect(old.map(\.problems.count) == [2, 2])
        #expect(old.allSatisfy { $0.code == .invalidRequest && $0.description.contains("upgrade") })
        for problem in ["the artefact is refused", "request \"artefact\" is not understood: artefact: found null"] {
            #expect(try await failures { _ in problem }.map(\.problems) == [[problem], [problem]])
        }
    }

    @Test func `no link is made before somebody asks, and one is kept`() async throws {
        let links = ScriptedLinks { _ in Self.answering(.runs([])) }
        let client = client(links)
        try await running(client) {
            #expect(links.attempts.value == 0)
            for _ in 1...3 { _ = try await client.runs() }
            #expect(links.attempts.value == 1)
        }
    }

    @Test func `a failure is thrown as it came`() async throws {
        let failure = RequestFailure(.notFound, ["there is no run \(id)"])
        let client = client(ScriptedLinks { _ in Self.answering(.failure(failure)) })
        try await running(client) {
            _ = await #expect(throws: failure) { try await client.forget(id) }
        }
    }

    @Test func `a reply of another kind is an error`() async throws {
        let client = client(ScriptedLinks { _ in Self.answering(.retried(1)) })
        let error = try await running(client) { await #expect(throws: LinkError.self) { try await client.runs() } }
        #expect(error?.code == .malformed)
    }

    @Test func `a run that is not there is no error`() async throws {
        let client = client(ScriptedLinks { _ in Self.answering(.run(nil)) })
        let record = try await running(client) { try await client.run(id) }
        #expect(record == nil)
        let other = self.client(ScriptedLinks { _ in Self.answering(.snapshot(nil)) })
        let snapshot = try await running(other) { try await other.snapshot(of: id, after: 3) }
        #expect(snapshot == nil)
    }

    @Test func `who reads does not see that a link was lost`() async throws {
        let links = ScriptedLinks { number in
            if number == 2 { return .fails(LinkError(.unreachable, "gone")) }
            if number == 3 { return Self.answering(.runs([])) }
            return .works { link in _ = await link.receive() }
        }
        let client = client(links)
        try await running(client) {
            async let runs = client.runs()
            await clock.advance(by: .milliseconds(500), times: 1)
            await clock.sleeping()
            clock.advance(by: .milliseconds(999))
            #expect(links.attempts.value == 2)
            clock.advance(by: .milliseconds(1))
            let runsAnswer = try await runs
            #expect(runsAnswer == [])
        }
        #expect(links.attempts.value == 3)
    }

    @Test(arguments: [true, false]) func `what may not be repeated fails when it may have been done, and only then`(
        hasArrived: Bool
    ) async throws {
        let links = ScriptedLinks { number in
            if number == 2 { return Self.answering(.retried(5)) }
            return hasArrived ? .works { link in _ = await link.receive() } : .ends
        }
        let client = client(links)
        try await running(client) {
            if hasArrived {
                let error = await #expect(throws: LinkError.self) { try await client.retry(id) }
                #expect(error?.message.contains("it is not known whether it was done") == true)
            } else {
                async let count = client.retry(id)
                await clock.sleeping()
                clock.advance(by: .seconds(1))
                let countAnswer = try await count
                #expect(countAnswer == 5)
            }
        }
    }

    @Test(arguments: [LinkError.Code.refused, .tls, .configuration, .malformed])
    func `what does not pass is told at once`(
        code: LinkError.Code
    ) async throws {
        let links = ScriptedLinks { number in
            number == 1 ? .fails(LinkError(code, "no")) : Self.answering(.runs([]))
        }
        let client = client(links)
        try await running(client) {
            await #expect(throws: LinkError(code, "no")) { try await client.runs() }
            // Something may have been changed since.
            let answer = try await client.runs()
            #expect(answer == [])
        }
    }

    @Test func `a coordinator that cannot be reached at first is waited for as long as patience lasts`() async throws {
        let links = ScriptedLinks { [unreachable] _ in .fails(unreachable) }
        let client = client(links, patience: .seconds(4))
        try await running(client) {
            async let failed: Void = { _ = await #expect(throws: unreachable) { try await client.runs() } }()
            // After 0.5, 1 and 2 seconds; the last attempt comes when patience is over.
            for _ in 1...3 {
                await clock.sleeping()
                clock.advance(by: .seconds(1))
                if clock.sleepers > 0 { clock.advance(by: .seconds(3)) }
            }
            await failed
        }
    }

    @Test func `a coordinator that was reached once is waited for longer`() async throws {
        let links = ScriptedLinks { [unreachable] number in
            switch number {
            case 1: .works { link in _ = await link.receive() }
            case 2...20: .fails(unreachable)
            default: Self.answering(.runs([]))
            }
        }
        let client = client(links, patience: .seconds(1))
        try await running(client) {
            async let runs = client.runs()
            await clock.advance(by: .seconds(5), times: 19)
            await clock.sleeping()
            clock.advance(by: .seconds(5))
            let runsAnswer = try await runs
            #expect(runsAnswer == [])
        }
        #expect(links.attempts.value == 21)
    }

    @Test func `a caller that is cancelled leaves, and the others stay`() async throws {
        let asked = Watched(0)
        let links = ScriptedLinks { _ in
            .works { link in
                while let message = await link.receive() {
                    asked.increment()
                    if message.request != .workers { await link.send(ReplyMessage(id: message.id, reply: .runs([]))) }
                }
            }
        }
        let client = client(links)
        try await running(client) {
            await withTaskGroup { group in
                group.addTask {
                    _ = await #expect(throws: CancellationError.self) { try await client.workers() }
                }
                await asked.until { $0 == 1 }
                group.cancelAll()
            }
            let answer = try await client.runs()
            #expect(answer == [])
        }
    }

    @Test func `who asks a client that was stopped is told so`() async throws {
        let client = client(ScriptedLinks { _ in Self.answering(.runs([])) })
        try await running(client) { _ = try await client.runs() }
        let error = await #expect(throws: LinkError.self) { try await client.runs() }
        #expect(error?.code == .closed)
    }

    @Test func `who waits when the client is stopped is told so`() async throws {
        let isAsked = Watched(false)
        let links = ScriptedLinks { _ in
            .works { link in
                _ = await link.receive()
                isAsked.open()
                _ = await link.receive()
            }
        }
        let client = client(links)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let error = await #expect(throws: LinkError.self) { try await client.workers() }
                #expect(error?.code == .closed)
            }
            try await running(client) { await isAsked.opened() }
            try await group.waitForAll()
        }
    }

    @Test func `a coordinator over TCP that ends every link after some requests answers all of them`() async throws {
        var scene = try WireScene()
        scene.client = { link, _ in
            for _ in 1...7 {
                guard let message = await link.receive() else { return }
                await link.send(ReplyMessage(id: message.id, reply: .runs([])))
            }
        }
        try await scene.listening { running in
            let client = CoordinatorClient(
                links: running.connector(token: WireScene.read).clientLinks, clock: .system, logger: log.logger
            ) { $0.lowerBound }
            try await self.running(client) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 1...4 {
                        group.addTask {
                            for _ in 1...25 {
                                let answer = try await client.runs()
                                #expect(answer == [])
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
