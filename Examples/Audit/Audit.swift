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
        try await count(path)
        try await follow(path)
    }

    static func count(_ path: String) async throws {
        let output = try await iamUsers(path: path)
        for entry in output.results { print(entry.target, entry.result.count) }
        for failure in output.failures { print(failure) }
    }

    static func follow(_ path: String) async throws {
        var users = 0
        for try await outcome in $iamUsers.with(slots: 5, includeCallingAccount: false).outcomes(path: path) {
            switch outcome {
            case .succeeded(let entry): users += entry.result.count
            case .failed(let failure), .roleNotAssumed(let failure): print(failure)
            case .notRun(let target): print(target.target, target.reason)
            }
        }
        print("\(users) users")
    }
}
