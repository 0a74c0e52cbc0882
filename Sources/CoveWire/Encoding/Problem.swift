// SPDX-License-Identifier: Apache-2.0

/// What was wrong with a message that was skipped; the link goes on.
package struct Problem: Sendable, Hashable {
    /// A word for programs: `unknownType`.
    package var code: String
    /// What was found and what was done.
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
