// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import Synchronization

/// Keeps the last error of a directory: a run's record has its words only, and a Swift program is to catch the error itself.
final class DirectoryErrors: Sendable {
    private let value = Mutex<(any Error)?>(nil)

    /// The last error; nil when there was none.
    var last: (any Error)? { value.withLock { $0 } }

    /// The error whose words are these; nil when it was another.
    func error(saying problems: [String]) -> (any Error)? {
        value.withLock { $0 }.flatMap { ["\($0)"] == problems ? $0 : nil }
    }

    fileprivate func keeping<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch {
            value.withLock { $0 = error }
            throw error
        }
    }
}

/// A directory whose errors are kept.
struct AttendedDirectory: OrganizationDirectory {
    let directory: any OrganizationDirectory
    let errors: DirectoryErrors

    func caller() async throws -> Caller { try await errors.keeping { try await directory.caller() } }
    func accounts(after token: String?) async throws -> DirectoryPage<Account> {
        try await errors.keeping { try await directory.accounts(after: token) }
    }
    func accountIDs(in parent: String, after token: String?) async throws -> DirectoryPage<AccountID> {
        try await errors.keeping { try await directory.accountIDs(in: parent, after: token) }
    }
    func units(in parent: String, after token: String?) async throws -> DirectoryPage<String> {
        try await errors.keeping { try await directory.units(in: parent, after: token) }
    }
}

/// Why a run could not be planned, in the words of its record.
struct PlanningFailure: Error, CustomStringConvertible {
    let problems: [String]

    var description: String { problems.joined(separator: "\n") }
}
