// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Logging
import Testing

/// A listener on a real socket, and what its peers need.
struct WireScene {
    typealias WorkerHandler = @Sendable (any CoordinatorLink, WirePeer) async throws -> Void
    typealias ClientHandler = @Sendable (any ServiceLink, WirePeer) async throws -> Void

    static let join = "join-token-of-the-tests"
    static let read = "read-token-of-the-tests"
    static let submit = "submit-token-of-the-tests"

    var place = WirePlace.tcp(host: "127.0.0.1", port: 0)
    var configuration: ListenerConfiguration
    var log = LogRecorder()
    var worker: WorkerHandler = WireScene.answering
    var client: ClientHandler = WireScene.answeringNothing

    init(
        tls: WireTLS.Server? = nil, limits: FrameLimits = .patient, connections: Int = 4_096,
        unauthenticated: Int = 256,
        assembly: AssemblyBudget = AssemblyBudget(), clock: LinkClock = .system
    ) throws {
        let tokens = [(Self.join, Rights.join), (Self.read, .read), (Self.submit, .submit)]
        let known = AccessTokens(try tokens.map { (try #require(AccessToken($0)), $1) })
        configuration = ListenerConfiguration(
            tokens: known, tls: tls, program: "0.1.0",
            limits: limits, connections: connections, unauthenticated: unauthenticated, assembly: assembly, clock: clock
        )
    }

    /// Listens while the body runs.
    func listening<Result: Sendable>(_ body: (Running) async throws -> Result) async throws -> Result {
        let listener = try await WireListener.bind(place, configuration, logger: log.logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run(worker: worker, client: client) }
            let result = try await body(Running(place: listener.place, log: log))
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }

    /// A listener that runs.
    struct Running: Sendable {
        let place: WirePlace
        let log: LogRecorder

        /// A peer's way to it.
        func connector(
            token: String? = WireScene.join, tls: WireTLS.Client? = nil, host: String? = nil,
            limits: FrameLimits = .patient,
            clock: LinkClock = .system
        ) -> WireConnector {
            var place = place
            if let host, case .tcp(_, let port) = place { place = .tcp(host: host, port: port) }
            return WireConnector(
                place: place, tls: tls, token: token, program: "0.1.0", logger: log.logger, limits: limits,
                assembly: AssemblyBudget(), clock: clock)
        }
    }

    /// Answers a worker as a coordinator does, without a store.
    static let answering: WorkerHandler = { link, _ in
        while let message = await link.receive() {
            switch message {
            case .hello: await link.send(.welcome(.sample))
            case .heartbeat(let heartbeat): await link.send(.renewal(Renewal(number: heartbeat.number)))
            case .report(let reports):
                await link.send(.verdicts(reports.map { ReportAnswer(token: $0.token, verdict: .applied) }))
            case .leaseRequest, .release, .fetch: break
            case .goodbye: return
            }
        }
    }

    /// Answers every request of a client with no runs.
    static let answeringNothing: ClientHandler = { link, _ in
        while let message = await link.receive() {
            await link.send(ReplyMessage(id: message.id, reply: .runs([])))
        }
    }
}

extension FrameLimits {
    /// The limits as they are, for a machine that has other things to do than this handshake.
    static let patient = FrameLimits(handshake: .seconds(600))
}

extension Welcome {
    static let sample = Welcome(epoch: 1, terms: LeaseTerms())
}

extension Hello {
    static let sample = Hello(worker: "w", session: "0123456789abcdef0123456789abcdef", slots: 1, kinds: [.native])
}
