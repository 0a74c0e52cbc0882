// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Testing

@testable import CoveWorker

@Suite(.timeLimit(.minutes(5)))
struct SessionCacheTests {
    private func key(_ account: Int, _ role: RoleSpecification = RoleSpecification()) -> SessionKey {
        SessionKey(Account.sample(account).id, .sample(role: role))
    }

    @Test func `a session is begun once and kept`() async throws {
        let sts = try FakeSTS()
        for _ in 0..<3 {
            let credentials = try await sts.sessions.provider(for: key(1)).credentials()
            #expect(credentials.accessKeyID == "ASIA000000000001")
        }
        #expect(sts.accounts == ["000000000001"])
    }

    @Test func `nothing is asked before the credentials are`() async throws {
        let sts = try FakeSTS()
        _ = sts.sessions.provider(for: key(1))
        #expect(sts.accounts.isEmpty)
    }

    @Test func `everything that AssumeRole is told makes another session`() async throws {
        let sts = try FakeSTS()
        let roles = [
            RoleSpecification(name: "a"), RoleSpecification(name: "b"), RoleSpecification(name: "a", sessionName: "s2"),
            RoleSpecification(name: "a", policy: "{}"),
            RoleSpecification(name: "a", policyARNs: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
            RoleSpecification(name: "a", externalID: "external"), RoleSpecification(name: "a", durationSeconds: 900),
        ]
        for role in roles + roles { _ = try await sts.sessions.provider(for: key(1, role)).credentials() }
        #expect(sts.server.requests.count == roles.count)
        #expect(Set(sts.server.requests.map(\.text)).count == roles.count)
    }

    @Test func `at most so many sessions are kept, those used last`() async throws {
        let sts = try FakeSTS(capacity: 4)
        for account in 1...4 { _ = try await sts.sessions.provider(for: key(account)).credentials() }
        _ = try await sts.sessions.provider(for: key(1)).credentials()
        _ = try await sts.sessions.provider(for: key(5)).credentials()
        #expect(sts.accounts.count == 5)
        for account in [1, 3, 4, 5] { _ = try await sts.sessions.provider(for: key(account)).credentials() }
        #expect(sts.accounts.count == 5, "the one that was not used for longest made room")
        _ = try await sts.sessions.provider(for: key(2)).credentials()
        #expect(sts.accounts.last == "000000000002" && sts.accounts.count == 6)
    }

    @Test func `a refusal is remembered for a minute`() async throws {
        let sts = try FakeSTS { _ in FakeSTS.refusal("AccessDenied", status: 403) }
        for _ in 0..<3 {
            let error = await #expect(throws: AWSError.self) {
                try await sts.sessions.provider(for: key(1)).credentials()
            }
            #expect(error?.code == "AccessDenied")
        }
        #expect(sts.accounts.count == 1)
        sts.clock.advance(by: .seconds(59))
        await #expect(throws: AWSError.self) { try await sts.sessions.provider(for: key(1)).credentials() }
        #expect(sts.accounts.count == 1)
        sts.clock.advance(by: .seconds(1))
        await #expect(throws: AWSError.self) { try await sts.sessions.provider(for: key(1)).credentials() }
        #expect(sts.accounts.count == 2)
    }

    @Test(arguments: [("Throttling", 400), ("ServiceUnavailable", 503), ("ExpiredToken", 403)])
    func `what may pass is not remembered`(_ code: String, _ status: Int) async throws {
        let isWell = Watched(false)
        let sts = try FakeSTS { isWell.value ? FakeSTS.role(in: $0) : FakeSTS.refusal(code, status: status) }
        await #expect(throws: AWSError.self) { try await sts.sessions.provider(for: key(1)).credentials() }
        isWell.open()
        _ = try await sts.sessions.provider(for: key(1)).credentials()
        #expect(sts.accounts.count == 2)
    }

    @Test func `a broken connection is not remembered`() async throws {
        let isWell = Watched(false)
        let sts = try FakeSTS { isWell.value ? FakeSTS.role(in: $0) : .drop }
        await #expect(throws: AWSError.self) { try await sts.sessions.provider(for: key(1)).credentials() }
        isWell.open()
        _ = try await sts.sessions.provider(for: key(1)).credentials()
    }
}
