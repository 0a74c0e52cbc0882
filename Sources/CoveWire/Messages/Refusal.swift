// SPDX-License-Identifier: Apache-2.0

/// Why a link is refused.
package struct Refusal: Sendable, Hashable, Codable, Error, CustomStringConvertible {
    /// A word for programs: `outOfTurn`, `version`, `unauthorized`; docs/protocol.md lists them.
    package var code: String
    /// What was found, what was expected, what to do.
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code): \(message)" }
}
