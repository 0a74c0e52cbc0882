// SPDX-License-Identifier: Apache-2.0

import CoveKit
import Foundation

/// A program with functions of its own that is a cove: `audit run iamUsers`, `audit worker`, `audit coordinator`, `audit functions`.
struct Audit: CoveApp {
    static let functions: [any CoveFunction] = [$iamUsers, $buckets, Setup.$makeUser]
}

/// The functions can be called from the program itself as well: `audit summary PATH` does.
@main
struct Main {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.first == "summary" else { return await Audit.main() }
        let path = arguments.dropFirst().first ?? "/"
        let areComplete = [try await count(path), try await follow(path)]
        // As `audit run` ends when some tasks did not succeed.
        if areComplete.contains(false) { exit(1) }
    }

    /// Says how many users each account has; whether all accounts told.
    static func count(_ path: String) async throws -> Bool {
        let output = try await iamUsers(path: path)
        for entry in output.results { print(entry.target, entry.result.count) }
        for failure in output.failures { print(failure) }
        return output.isComplete
    }

    /// Says how many users there are together; whether all accounts told.
    static func follow(_ path: String) async throws -> Bool {
        var users = 0
        var isComplete = true
        for try await outcome in $iamUsers.with(slots: 5, includeCallingAccount: false).outcomes(path: path) {
            switch outcome {
            case .succeeded(let entry): users += entry.result.count
            case .failed(let failure), .roleNotAssumed(let failure):
                print(failure)
                isComplete = false
            case .notRun(let target):
                print(target.target, target.reason)
                isComplete = false
            }
        }
        print("\(users) users")
        return isComplete
    }
}
