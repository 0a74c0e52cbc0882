// SPDX-License-Identifier: Apache-2.0

/// Why the store cannot do what it was asked.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What users of the store tell apart.
    package enum Code: String, Sendable {
        /// Another process has it open.
        case inUse
        /// It was written by a newer version.
        case newerVersion
        /// It is not there.
        case notFound
        /// What a run needs is not there.
        case incomplete
        /// What is there already does not allow it: a run of that id, or a run's state.
        case conflict
        /// The folder or a file in it cannot be made, read or written.
        case notAccessible
        /// A file is not a store of Cove's, or is damaged.
        case damaged
        /// The disk is full; what was acknowledged stays, the rest was not done.
        case full
        /// The disk failed, or SQLite did; nothing more may be acknowledged.
        case failed
        /// It was closed.
        case closed
    }

    package let code: Code
    /// What was found, what was expected, what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
