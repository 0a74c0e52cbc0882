// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Testing

@testable import CoveWorker

/// The runner against STS on a loopback port.
@Suite(.timeLimit(.minutes(5)))
struct RoleAssumingRunnerTests {
    private static let regions = ["eu-west-1", "us-east-1", "ap-southeast-2"]

    /// The leases of one account in three regions.
    private static func leases(account: Int = 1) -> [Lease] {
        regions.enumerated().map { Lease.sample($0.offset + 1, account: account, region: $0.element) }
    }

    /// Runs attempts at the same time.
    private func run(_ leases: [Lease], with runner: RoleAssumingRunner) async -> [AttemptEnd] {
        await withTaskGroup(of: AttemptEnd.self) { group in
            for lease in leases {
                group.addTask { await runner.run(lease, .sample(), cancellation: AttemptCancellation()) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    // MARK: The session

    @Test func `the function is given the session of its account and region`() async throws {
        let sts = try FakeSTS()
        let runner = sts.runner { session in
            let credentials = try await session.credentials()
            return JSONText(
                string: [
                    credentials.accessKeyID, session.account.id.rawValue, session.region?.rawValue ?? "",
                    session.partition, session.run.rawValue,
                ].joined(separator: " "))
        }
        let end = await runner.run(.sample(7), .sample(), cancellation: AttemptCancellation())
        let text = "ASIA000000000007 000000000007 eu-west-1 aws 20261120-235959-aaaaa"
        #expect(end.outcome == .succeeded(JSONText(string: text)))
    }

    @Test func `the session information has all fifteen keys`() async throws {
        let sts = try FakeSTS()
        let runner = sts.runner { $0.sessionInformation }
        let end = await runner.run(.sample(7), .sample(), cancellation: AttemptCancellation())
        guard case .succeeded(let json?) = end.outcome else { return #expect(Bool(false), "no result: \(end)") }
        #expect(
            json.text == """
                {"Id":"000000000007","RoleName":"audit/Reader","RoleSessionName":"Reader","Policy":null,"PolicyArns":null,\
                "ExternalId":null,"AssumeRoleSuccess":true,"Region":"eu-west-1","Partition":"aws","ExceptionDetails":null,\
                "Name":"account 7","Arn":"arn:aws:organizations::000000000900:account/o-1/7","Email":"a7@example.com",\
                "Status":"ACTIVE","Result":null}
                """)
    }

    @Test func `AssumeRole is told the run's role`() async throws {
        let sts = try FakeSTS()
        let role = RoleSpecification(
            name: "audit/Reader", sessionName: "me", policy: "{}",
            policyARNs: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            externalID: "external", durationSeconds: 900)
        let end = await sts.runner { _ in nil }.run(
            .sample(7), .sample(role: role), cancellation: AttemptCancellation())
        #expect(end.outcome == .succeeded(nil))
        let form = try #require(sts.server.requests.first?.text)
        for field in [
            "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000007%3Arole%2Faudit%2FReader", "RoleSessionName=me", "Policy=%7B%7D",
            "PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess", "ExternalId=external",
            "DurationSeconds=900",
        ] { #expect(form.split(separator: "&").contains(Substring(field))) }
    }

    @Test func `three regions of an account assume its role once`() async throws {
        let sts = try FakeSTS { _ in .hold }
        let runner = sts.runner { session in JSONText(string: session.region?.rawValue ?? "") }
        async let ends = run(Self.leases(), with: runner)
        await sts.server.requestsArrived(1)
        sts.server.answer(0, FakeSTS.role(in: "000000000001"))
        let regions = await ends.compactMap { end -> String? in
            guard case .succeeded(let text) = end.outcome else { return nil }
            return text?.stringValue
        }
        #expect(Set(regions) == Set(Self.regions))
        #expect(sts.accounts == ["000000000001"])
    }

    @Test func `a report says when the attempt began and how long it took`() async throws {
        let sts = try FakeSTS()
        let start = sts.clock.wall
        let runner = sts.runner { _ in
            sts.clock.advance(by: .milliseconds(1_234))
            return nil
        }
        let end = await runner.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        guard case .report(let report) = end else { return #expect(Bool(false), "no report") }
        #expect(report.startedAt == start && report.durationMilliseconds == 1_234)
        #expect(report.token == Lease.sample(1).token)
    }

    // MARK: Refusals

    @Test func `a refusal is asked once for all regions, one after the other or at once`() async throws {
        let sts = try FakeSTS { _ in FakeSTS.refusal("AccessDenied", status: 403) }
        let runner = sts.runner { _ in nil }
        var ends = await run(Self.leases(), with: runner)
        ends += await run(Self.leases(), with: runner)
        for end in ends {
            guard case .roleNotAssumed(let failure) = end.outcome else { return #expect(Bool(false), "\(end)") }
            #expect(failure.type == "AWSError" && failure.code == "AccessDenied" && failure.httpStatus == 403)
            #expect(failure.message == "because of AccessDenied" && failure.operation == "STS.AssumeRole")
            #expect(failure.requestID == "r-2" && failure.attempts == 1 && failure.isRetryable == false)
        }
        #expect(sts.accounts.count == 1)
    }

    @Test(arguments: [("Throttling", 400), ("ThrottlingException", 400), ("RequestLimitExceeded", 503), ("X", 429)])
    func `a throttle gives the lease back`(_ code: String, _ status: Int) async throws {
        let sts = try FakeSTS { _ in FakeSTS.refusal(code, status: status) }
        let end = await sts.runner { _ in nil }.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        guard case .throttled(let failure) = end.reason else { return #expect(Bool(false), "\(end)") }
        #expect(failure.code == code)
    }

    @Test(arguments: ["ExpiredToken", "ExpiredTokenException"])
    func `an expired caller gives the lease back as such`(_ code: String) async throws {
        let sts = try FakeSTS { _ in FakeSTS.refusal(code, status: 403) }
        let end = await sts.runner { _ in nil }.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        guard case .callerCredentials(let failure) = end.reason else { return #expect(Bool(false), "\(end)") }
        #expect(failure.message == "because of \(code)")
    }

    @Test func `a caller whose credentials cannot be had any longer gives the lease back`() async throws {
        struct Exhausted: CredentialProvider {
            func credentials() async throws -> Credentials {
                throw AWSError(.credentials, code: "CredentialRetrieval", message: "the program exited with 1")
            }
        }
        let sts = try FakeSTS(credentials: Exhausted())
        let end = await sts.runner { _ in nil }.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        guard case .callerCredentials(let failure) = end.reason else { return #expect(Bool(false), "\(end)") }
        #expect(failure.message == "the program exited with 1")
        #expect(sts.accounts.isEmpty)
    }

    @Test(arguments: [500, 503])
    func `a service in trouble is an outcome that may be tried again`(_ status: Int) async throws {
        let sts = try FakeSTS { _ in FakeSTS.refusal("InternalFailure", status: status) }
        let end = await sts.runner { _ in nil }.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        guard case .roleNotAssumed(let failure) = end.outcome else { return #expect(Bool(false), "\(end)") }
        #expect(failure.isRetryable == true)
    }

    // MARK: The function

    private struct Boom: Error, CustomStringConvertible {
        var description: String { "it went wrong" }
    }

    @Test func `what the function throws is its failure`() async throws {
        let sts = try FakeSTS()
        let end = await sts.runner { _ in throw Boom() }.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        #expect(end.outcome == .failed(Failure(type: "Boom", message: "it went wrong")))
    }

    @Test func `a throttle of the function's own calls is its failure`() async throws {
        let sts = try FakeSTS()
        let error = AWSError(
            .service, code: "Throttling", message: "slow", httpStatus: 400, attempts: 3, isRetryable: true)
        let end = await sts.runner { _ in throw error }.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        #expect(end.outcome?.state == .failed && end.outcome?.failure?.code == "Throttling")
    }

    @Test func `a function that throws a cancellation of its own has failed`() async throws {
        let sts = try FakeSTS()
        let runner = sts.runner { _ in throw CancellationError() }
        let end = await runner.run(.sample(1), .sample(), cancellation: AttemptCancellation())
        #expect(end.outcome?.failure?.type == "CancellationError")
    }

    @Test func `a function that this program does not have is a failure`() async throws {
        let sts = try FakeSTS()
        var assignment = RunAssignment.sample()
        assignment.function = .native("another")
        let end = await sts.runner { _ in nil }.run(.sample(1), assignment, cancellation: AttemptCancellation())
        #expect(end.outcome?.failure?.type == "UnknownFunction")
        #expect(end.outcome?.failure?.message.contains("\"another\"") == true)
    }
}
