// SPDX-License-Identifier: Apache-2.0

/// What the permissions of a file with a secret let everybody on its host do.
///
/// The group is left alone: it is how an orchestrator hands a secret to a process.
package struct SecretFileMode: Sendable {
    /// Whether everybody may read the file.
    package let isReadByEverybody: Bool
    /// Whether everybody may write it.
    package let isWrittenByEverybody: Bool

    /// The permissions of a mode, as `stat` has it.
    package init(_ mode: some BinaryInteger) {
        isReadByEverybody = mode & 0o004 != 0
        isWrittenByEverybody = mode & 0o002 != 0
    }
}
