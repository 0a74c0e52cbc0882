// SPDX-License-Identifier: Apache-2.0

package import CoveKit

// Uses of `@Cove` as a user's program has them: what the compiler takes here is part of the test.

/// Where it runs, in a line.
@Cove(regions: ["eu-west-1", "us-east-1"], roleName: "audit/Reader", externalID: "x-1")
func whereabouts(session: CoveSession) async throws -> String {
    "\(session.account.name ?? "") \(session.region?.rawValue ?? "")"
}

struct Greeting: Codable, Sendable, Equatable {
    var text: String
    var account: String
}

/// An input with a default value.
@Cove(regions: ["eu-west-1"])
func greetings(_ session: CoveSession, to name: String, times: Int = 2) async throws -> [Greeting] {
    Array(repeating: Greeting(text: "hello \(name)", account: session.account.id.rawValue), count: times)
}

/// No result.
@Cove(regions: ["eu-west-1"], slots: 2)
func touch(session: CoveSession) async throws {}

struct Refused: Error, CustomStringConvertible {
    var description: String { "account 2 does not want to" }
}

/// Throws in one account.
@Cove(regions: ["eu-west-1"], slots: 1)
func moody(session: CoveSession) async throws -> Int {
    if session.account.name == "account 2" { throw Refused() }
    return 7
}

/// Returns in account 1, and hangs everywhere else until it is cancelled.
@Cove(regions: ["eu-west-1"])
func hanging(session: CoveSession) async throws -> Bool {
    if session.account.name == "account 1" { return true }
    for await _ in AsyncStream<Void>.makeStream().stream {}
    try Task.checkCancellation()
    return false
}

/// Members of a type, with inputs of many shapes.
enum Checks {
    enum Severity: String, Codable, CaseIterable, Sendable {
        case low, high
    }

    struct Filter: Codable, Sendable {
        var tags: [String]
        var limits: [String: Int]
        var ratio: Double?
    }

    @Cove
    static func matches(
        session: CoveSession, severity: Severity, filter: Filter?, `default`: Bool = true, input: UInt8 = 1
    ) async throws -> Filter? {
        filter
    }

    /// A name that the protocol of functions has too, and parameters as its requirements are called.
    @Cove
    static func run(session: CoveSession, name: String, options: [Int]) async throws -> String { name }

    /// Inputs whose names are keywords, which parameters may be without backticks.
    @Cove(regions: ["eu-west-1"])
    static func keywords(
        session: CoveSession, for: String, in region: String, `default`: Bool = true, class: Int? = nil,
        `two words`: Int = 2
    ) async throws -> [String] {
        [`for`, region, "\(`default`)", "\(`class` ?? 0)", "\(`two words`)"]
    }

    /// Everything that is known of a session, typed.
    @Cove(policyARNs: ["arn:aws:iam::aws:policy/ReadOnlyAccess"], raiseException: true)
    static func identity(session: CoveSession) async throws -> [String?] {
        let information = session.information
        return [
            session.account.id.rawValue, session.role.name, session.role.sessionName, session.role.policy,
            session.role.policyARNs?.first, session.role.externalID, "\(information.assumeRoleSuccess)",
            session.region?.rawValue, session.partition, information.failure?.message, session.account.name,
            session.account.arn, session.account.email, session.account.status, information.result?.text,
        ]
    }
}

/// A package's own.
package struct Library {
    @Cove
    package static func listed(session: CoveSession) async throws -> Int { 1 }

    @Cove
    fileprivate static func hidden(session: CoveSession, depth: Int) async throws -> Int { depth }

    /// What is hidden can still be listed by who sees it.
    static let functions: [any CoveFunction] = [$listed, $hidden]
}
