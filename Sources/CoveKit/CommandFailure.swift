// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

/// How the program ends, for scripts (design: failing and stopping).
enum ExitStatus: Int32, Sendable {
    /// All tasks succeeded.
    case success = 0
    /// Some tasks did not succeed.
    case failure = 1
    /// The request is wrong: ids, regions, options, files.
    case invalidRequest = 2
    /// It could not start or go on: credentials, permission, endpoint, store.
    case unavailable = 3
    /// It was interrupted.
    case interrupted = 130
}

/// An error that ends the program: how, and what is said of it, a line each.
struct CommandFailure: Error, Sendable {
    var status: ExitStatus
    var lines: [String]

    init(_ status: ExitStatus, _ lines: [String]) {
        self.status = status
        self.lines = lines
    }

    /// What an error means for the program's end.
    init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as InvalidRequest: self.init(.invalidRequest, error.problems)
        case let error as RequestFailure:
            switch error.code {
            case .invalidRequest, .notFound: self.init(.invalidRequest, error.problems)
            case .forbidden, .conflict, .unavailable: self.init(.unavailable, error.problems)
            }
        case let error as LinkError:
            self.init(error.code == .configuration ? .invalidRequest : .unavailable, [error.message])
        case is CancellationError: self.init(.interrupted, [])
        default: self.init(.unavailable, ["\(error)"])
        }
    }
}
