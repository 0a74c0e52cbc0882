// SPDX-License-Identifier: Apache-2.0

import CoveAWS
import CoveCore
import CoveTestSupport
import Logging

@testable import CoveWorker

/// STS on a loopback port, and everything that asks it: a session cache and a runner whose function a test gives.
///
/// Requests are sent once: a throttle or a broken connection is not repeated.
final class FakeSTS: Sendable {
    /// What is answered to the AssumeRole of an account.
    typealias Script = @Sendable (_ account: String) -> LocalHTTPServer.Answer
    /// A function that takes no input.
    typealias Function = @Sendable (CoveSession) async throws -> JSONText?

    let server: LocalHTTPServer
    let sessions: SessionCache
    let clock = ManualClock()

    init(
        capacity: Int = 2_048, credentials: (any CredentialProvider)? = nil,
        _ script: @escaping Script = { FakeSTS.role(in: $0) }
    ) throws {
        server = try LocalHTTPServer { request in script(Self.account(of: request)) }
        let configuration = try AWSConfiguration.resolve(
            environment: [
                "AWS_ENDPOINT_URL_STS": server.url, "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_REGION": "eu-west-1",
            ], files: .table([:]))
        let caller = StaticCredentials(Credentials(accessKeyID: "AKIACALLER", secretAccessKey: "caller's secret"))
        sessions = SessionCache(
            aws: try AWSSession(configuration: configuration, credentials: credentials ?? caller), capacity: capacity,
            clock: clock.clock)
    }

    /// A runner whose function is `function`.
    func runner(_ function: @escaping Function) -> RoleAssumingRunner {
        let programs = ProgramExecutor(environment: [:], limits: ProgramLimits())
        return RoleAssumingRunner(
            sessions: sessions,
            functions: FunctionRegistry(
                programs: programs, native: ["function": { session, _ in try await function(session) }]),
            clock: clock.clock, logger: .silent)
    }

    /// The accounts whose roles were asked for, in order.
    var accounts: [String] { server.requests.map(Self.account) }

    /// The account of the role that a request is for.
    static func account(of request: LocalHTTPServer.Request) -> String {
        let role = request.text.split(separator: "&").first { $0.hasPrefix("RoleArn=") } ?? ""
        let parts = role.split(separator: "%3A", omittingEmptySubsequences: false)
        return parts.count > 4 ? String(parts[4]) : ""
    }

    /// A session whose access key names its account.
    static func role(in account: String, until end: String = "2099-01-01T00:00:00Z") -> LocalHTTPServer.Answer {
        .text(
            """
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>\
            <AccessKeyId>ASIA\(account)</AccessKeyId><SecretAccessKey>secret of \(account)</SecretAccessKey>\
            <SessionToken>token of \(account)</SessionToken><Expiration>\(end)</Expiration></Credentials>\
            </AssumeRoleResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></AssumeRoleResponse>
            """)
    }

    /// A refusal in the words of STS.
    static func refusal(_ code: String, status: Int) -> LocalHTTPServer.Answer {
        .text(
            """
            <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
            <Code>\(code)</Code><Message>because of \(code)</Message></Error><RequestId>r-2</RequestId></ErrorResponse>
            """, status: status)
    }
}

extension AttemptEnd {
    /// The outcome that is reported; nil for a release.
    var outcome: Outcome? { if case .report(let report) = self { report.outcome } else { nil } }
    /// Why the lease is given back; nil for a report.
    var reason: LeaseRelease.Reason? { if case .release(let release) = self { release.reason } else { nil } }
}
