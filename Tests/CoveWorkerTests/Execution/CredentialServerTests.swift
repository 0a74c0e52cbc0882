// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import CoveWire
import FoundationEssentials
import Synchronization
import Testing

@testable import CoveWorker

/// The endpoint that programs ask for credentials.
@Suite(.timeLimit(.minutes(5)))
struct CredentialServerTests {
    private static func credentials(_ number: Int) -> Credentials {
        Credentials(
            accessKeyID: "ASIA\(number)", secretAccessKey: "secret \(number)", sessionToken: "token \(number)",
            expiration: Date(timeIntervalSince1970: 1_795_219_199.9))
    }

    /// Calls `body` with a server that somebody attends to.
    private func serving(_ body: (CredentialServer) async throws -> Void) async throws {
        let server = CredentialServer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { group.cancelAll() }
            try await body(server)
        }
        // Nobody answers any more.
        await #expect(throws: CredentialServer.Problem.self) {
            try await server.admit(Self.credentials(1)) { Self.credentials(1) }
        }
    }

    private func ask(_ server: CredentialServer, _ token: String?, path: String = "/credentials") async -> (Int, String)
    {
        let answer = await server.answer(LoopbackRequest(path: path, authorization: token))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    @Test func `a token gives what is valid now, in the form of ECS`() async throws {
        try await serving { server in
            let asked = Mutex(0)
            let pass = try await server.admit(Self.credentials(0)) {
                Self.credentials(
                    asked.withLock { count in
                        count += 1; return count
                    })
            }
            #expect(pass.address.hasPrefix("http://127.0.0.1:") && pass.address.hasSuffix("/credentials"))
            for number in 1...10 {
                let (status, body) = await ask(server, pass.token.secret)
                #expect(status == 200)
                #expect(
                    body == #"{"AccessKeyId":"ASIA\#(number)","SecretAccessKey":"secret \#(number)","#
                        + #""Token":"token \#(number)","Expiration":"2026-11-20T23:59:59Z"}"#)
            }
            // They are masked in what it writes to stderr.
            #expect(pass.given == (3...10).map(Self.credentials))
            server.end(pass)
        }
    }

    @Test func `a wrong token, one of another attempt and a former one give nothing of this attempt`() async throws {
        try await serving { server in
            let one = try await server.admit(Self.credentials(1)) { Self.credentials(1) }
            let two = try await server.admit(Self.credentials(2)) { Self.credentials(2) }
            #expect(one.token != two.token && one.token.secret.utf8.count == 64)
            #expect(await ask(server, two.token.secret).1.contains("ASIA2"))
            let near = String(one.token.secret.dropLast()) + (one.token.secret.hasSuffix("0") ? "1" : "0")
            for wrong in [
                nil, "", near, one.token.secret + "0", String(one.token.secret.dropLast()),
                "Bearer " + one.token.secret,
            ] {
                #expect(await ask(server, wrong).0 == 401)
            }
            server.end(two)
            let (status, body) = await ask(server, two.token.secret)
            #expect(status == 401 && !body.contains("ASIA"))
            #expect(await ask(server, one.token.secret).0 == 200)
            for path in ["/", "/credentials/", "/credentials?x", "//credentials"] {
                #expect(await ask(server, one.token.secret, path: path).0 == 404)
            }
            server.end(one)
        }
    }

    @Test func `an attempt whose lease is over is given nothing, also when it ends meanwhile`() async throws {
        try await serving { server in
            let over = try await server.admit(Self.credentials(1)) { throw CancellationError() }
            #expect(await ask(server, over.token.secret).0 == 403)
            server.end(over)
            let (asked, goes) = (Watched(false), Watched(false))
            let ending = try await server.admit(Self.credentials(1)) {
                asked.open()
                await goes.opened()
                return Self.credentials(2)
            }
            async let answer = ask(server, ending.token.secret)
            await asked.opened()
            server.end(ending)
            goes.open()
            let (status, body) = await answer
            #expect(status == 403 && !body.contains("ASIA"))
        }
    }

    @Test func `what STS says reaches the program`() async throws {
        try await serving { server in
            let pass = try await server.admit(Self.credentials(1)) {
                throw AWSError(.credentials, code: "CredentialRetrieval", message: "the role is gone")
            }
            let (status, body) = await ask(server, pass.token.secret)
            #expect(status == 503 && body.contains("the role is gone") && !body.contains("secret"))
            server.end(pass)
        }
    }

    @Test func `where nobody answers any more a program is not started`() async throws {
        let workshop = try ProgramWorkshop()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await workshop.executor.serveCredentials() }
            group.cancelAll()
        }
        let program = ProgramSpecification(program: "true", settings: ProgramSettings(credentials: .server))
        let failure = try await workshop.failure { try await workshop.executor.run(program, in: workshop.session()) }
        #expect(failure.type == "ProgramNotStarted" && failure.isRetryable == true)
        #expect(failure.message.contains("nobody answers in this process any more"))
    }

    @Test func `a program finds the endpoint, and neither keys nor the files of its user`() async throws {
        let workshop = try ProgramWorkshop(environment: [
            "AWS_CONFIG_FILE": "/home/u/config", "AWS_SHARED_CREDENTIALS_FILE": "/home/u/credentials",
            "BOTO_CONFIG": "/b",
        ])
        let program = ProgramSpecification(
            program: "sh", arguments: ["-c", "env -0"], parsing: .text, settings: ProgramSettings(credentials: .server))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await workshop.executor.serveCredentials() }
            defer { group.cancelAll() }
            let failure = try await workshop.failure {
                try await workshop.executor.run(
                    ProgramSpecification(
                        program: "sh", arguments: ["-c", "env >&2; exit 1"], settings: program.settings),
                    in: workshop.session())
            }
            let stderr = try #require(failure.stderr)
            #expect(stderr.contains("AWS_CONTAINER_AUTHORIZATION_TOKEN=[secret]\n"))
            #expect(stderr.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:"))
            for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CREDENTIAL_FILE", "BOTO_CONFIG"] {
                #expect(stderr.contains("\n\(name)=/dev/null\n") || stderr.hasPrefix("\(name)=/dev/null\n"))
            }
            for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
                #expect(!stderr.contains(name))
            }
            #expect(!stderr.contains(ProgramWorkshop.secret))
        }
    }
}
