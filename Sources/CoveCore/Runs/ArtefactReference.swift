// SPDX-License-Identifier: Apache-2.0

/// Files that a run needs at its workers, by their content.
public struct ArtefactReference: Sendable, Hashable, Codable {
    /// The SHA-256 of the archive, 64 hexadecimal digits in lower case.
    public var digest: String
    /// The archive's length in bytes.
    public var size: Int

    /// A reference to an archive.
    public init(digest: String, size: Int) {
        self.digest = digest
        self.size = size
    }
}
