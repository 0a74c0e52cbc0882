// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Logging
import Testing

@testable import CoveKit

extension ProcessEnvironment {
    /// An environment without a terminal.
    static func sample(_ variables: [String: String] = [:], workingDirectory: String = "/srv") -> ProcessEnvironment {
        ProcessEnvironment(
            variables: variables, workingDirectory: workingDirectory, fileLimit: 65_536, isOutputTerminal: false,
            isErrorTerminal: false)
    }
}

extension RunID {
    /// The run of a number.
    static func sample(_ number: Int = 1) throws -> RunID {
        let digits = String(number)
        return try #require(RunID("20261120-235959-" + String(repeating: "a", count: 5 - digits.count) + digits))
    }
}

extension AccountID {
    /// The account of a number.
    static func sample(_ number: Int) throws -> AccountID {
        let digits = String(number)
        return try #require(AccountID(String(repeating: "0", count: 12 - digits.count) + digits))
    }
}

extension JSONText {
    /// A value that is written out in a test.
    static func literal(_ text: String) throws -> JSONText { try checked(Array(text.utf8)).get() }
}

extension Timestamp {
    /// 2026-11-20T23:59:59.000Z
    static let start = Timestamp(milliseconds: 1_795_219_199_000)
}

extension Logger {
    /// A logger that nobody hears.
    static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}
