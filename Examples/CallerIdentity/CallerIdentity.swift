// SPDX-License-Identifier: Apache-2.0

import CoveKit
import Foundation

/// Whom AWS takes a session for: what the function returns for every account and region.
struct Identity: Codable, Sendable {
    var account: String
    var arn: String
}

/// Asks AWS, in every account and in each of the regions that the arguments name, whom it takes the session for.
///
/// A way to see that the role exists everywhere and can be assumed, before something is run that needs it.
@main
struct CallerIdentity {
    static func main() async {
        do {
            let output = try await ask(regions: Array(CommandLine.arguments.dropFirst()))
            report(output)
            if !output.isComplete { exit(1) }
        } catch {
            // Nothing has run: the request is wrong, or there are no credentials, or the organization cannot be read.
            FileHandle.standardError.write(Data("CallerIdentity: \(error)\n".utf8))
            exit(error is InvalidRequest ? 2 : 3)
        }
    }

    static func ask(regions: [String]) async throws -> CoveOutput<Identity> {
        try await cove(regions: regions.isEmpty ? nil : regions, name: "caller identity") { session in
            let identity = try await session.aws().sts.getCallerIdentity()
            guard identity.account == session.account.id.rawValue else { throw WrongAccount(found: identity.account) }
            return Identity(account: identity.account, arn: identity.arn)
        }
    }

    static func report(_ output: CoveOutput<Identity>) {
        for entry in output.results { print("\(entry.target):", entry.result.arn) }
        for failure in output.failures { print("\(failure.target): FAILED:", failure.failure.message) }
        for entry in output.notRun { print("\(entry.target): not run:", entry.reason) }
        print("\(output.results.count) answered, \(output.failures.count) failed; run \(output.run)")
    }
}

/// The session belongs to another account than the one it was made for; whatever throws becomes an entry of `exceptions`.
struct WrongAccount: Error, CustomStringConvertible {
    var found: String
    var description: String { "the session belongs to account \(found)" }
}
