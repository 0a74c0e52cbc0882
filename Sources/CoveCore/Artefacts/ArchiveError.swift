// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not an archive of Cove's, or files cannot become one.
package struct ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was found and what was expected.
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
