// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveWire
import FoundationEssentials
import Synchronization

/// Gives programs credentials that are valid when they ask, as containers have it: an endpoint on loopback and a token that is the
/// attempt's own.
///
/// There is one port for all programs of a process; it is opened when the first program needs it. A token is worth something as long as
/// its attempt goes on and has its lease.
final class CredentialServer: Sendable {
    /// What a program asks with.
    final class Pass: Sendable {
        /// The endpoint's URL.
        let address: String
        /// What the program shows there: 256 random bits.
        let token: AccessToken
        fileprivate let renewed: @Sendable () async throws -> Credentials
        private let kept: Mutex<[Credentials]>

        fileprivate init(
            address: String, token: AccessToken, first: Credentials,
            renewed: @escaping @Sendable () async throws -> Credentials
        ) {
            self.address = address
            self.token = token
            self.renewed = renewed
            kept = Mutex([first])
        }

        /// The credentials that the program may know, the newest eight.
        var given: [Credentials] { kept.withLock { $0 } }

        fileprivate func note(_ credentials: Credentials) {
            kept.withLock { kept in
                if kept.contains(credentials) { return }
                kept.append(credentials)
                if kept.count > 8 { kept.removeFirst() }
            }
        }
    }

    /// Why there is no endpoint.
    struct Problem: Error {
        let reason: String
    }

    private enum Port {
        /// Nobody answers any more.
        case unattended
        /// The first who needs it lets it be opened.
        case closed(waiting: [CheckedContinuation<Result<Int, Problem>, Never>])
        case open(Int)
    }

    private struct State {
        var port: Port
        var passes: [ObjectIdentifier: Pass] = [:]
    }

    private static let path = "/credentials"
    private let clock: LinkClock
    private let state: Mutex<State>
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    init(clock: LinkClock = .system) {
        self.clock = clock
        (wishes, wish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state = Mutex(State(port: .closed(waiting: [])))
    }

    // MARK: Programs

    /// Lets a program ask for what `renewed` gives, until `end`.
    func admit(
        _ first: Credentials, _ renewed: @escaping @Sendable () async throws -> Credentials
    ) async throws(Problem) -> Pass {
        let port = try await port()
        var generator = SystemRandomNumberGenerator()
        let pass = Pass(
            address: "http://127.0.0.1:\(port)\(Self.path)", token: AccessToken(using: &generator), first: first,
            renewed: renewed)
        state.withLock { $0.passes[ObjectIdentifier(pass)] = pass }
        return pass
    }

    /// The program is at its end: its token is worth nothing any more.
    func end(_ pass: Pass) { state.withLock { $0.passes[ObjectIdentifier(pass)] = nil } }

    private func port() async throws(Problem) -> Int {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Int, Problem>, Never>) in
            let answer: Result<Int, Problem>? = state.withLock { state in
                switch state.port {
                case .unattended: return .failure(Problem(reason: "nobody answers in this process any more"))
                case .open(let port): return .success(port)
                case .closed(let waiting):
                    state.port = .closed(waiting: waiting + [continuation])
                    wish.yield()
                    return nil
                }
            }
            if let answer { continuation.resume(returning: answer) }
        }
        return try result.get()
    }

    // MARK: Serving

    /// Answers until it is cancelled; once.
    ///
    /// Programs that came before wait for it.
    func run() async {
        defer { settle(.unattended, .failure(Problem(reason: "this process is at its end"))) }
        for await _ in wishes {
            do {
                let listener = try await LoopbackListener.bind(clock: clock)
                settle(.open(listener.port), .success(listener.port))
                return await listener.run { await self.answer($0) }
            } catch {
                // Who comes next tries again: ports may have been short.
                settle(.closed(waiting: []), .failure(Problem(reason: "\(error)")))
            }
        }
    }

    private func settle(_ port: Port, _ answer: Result<Int, Problem>) {
        let waiting = state.withLock { state in
            defer { state.port = port }
            if case .closed(let waiting) = state.port { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    /// The answer to a request: as ECS gives it, or why there is none, without a secret.
    func answer(_ request: LoopbackRequest) async -> LoopbackAnswer {
        guard request.path == Self.path else {
            return LoopbackAnswer(status: 404, code: "NotFound", message: "there is only \(Self.path)")
        }
        guard let pass = pass(shown: request.authorization ?? "") else {
            return LoopbackAnswer(
                status: 401, code: "Unauthorized",
                message: "Authorization is not the token of an attempt that goes on: expected "
                    + "AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        do {
            let credentials = try await pass.renewed()
            pass.note(credentials)
            // It may have ended while its role was assumed anew.
            guard state.withLock({ $0.passes[ObjectIdentifier(pass)] != nil }) else { throw CancellationError() }
            return LoopbackAnswer(status: 200, body: Self.json(credentials))
        } catch is CancellationError {
            return LoopbackAnswer(status: 403, code: "LeaseOver", message: "the attempt is over")
        } catch {
            let failure = Failure(describing: error)
            return LoopbackAnswer(status: 503, code: failure.code ?? failure.type, message: failure.message)
        }
    }

    /// Whose token it is.
    ///
    /// Every token is compared, each in all its bytes, so that the time it takes says nothing about them.
    private func pass(shown: String) -> Pass? {
        let shown = Array(shown.utf8)
        var found: Pass?
        for pass in state.withLock({ Array($0.passes.values) }) {
            let known = Array(pass.token.secret.utf8)
            var difference: UInt8 = shown.count == known.count ? 0 : 1
            for (left, right) in zip(shown, known) { difference |= left ^ right }
            if difference == 0 { found = pass }
        }
        return found
    }

    private static func json(_ credentials: Credentials) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("AccessKeyId", credentials.accessKeyID)
        writer.member("SecretAccessKey", credentials.secretAccessKey)
        writer.member("Token", credentials.sessionToken)
        if let end = credentials.expiration {
            // To the second, as AWS writes it.
            let moment = Timestamp(milliseconds: Int64(end.timeIntervalSince1970) * 1_000).description
            writer.member("Expiration", moment.prefix(19) + "Z")
        }
        writer.endObject()
        return writer.bytes
    }
}
