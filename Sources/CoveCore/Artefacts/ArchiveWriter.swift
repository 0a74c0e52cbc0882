// SPDX-License-Identifier: Apache-2.0

/// Writes an archive, file by file in the order of their paths.
package struct ArchiveWriter: Sendable {
    /// The archive so far.
    package private(set) var bytes: [UInt8] = []
    private var check: ArchiveReader

    /// A writer of an archive of about so many bytes.
    package init(reserving size: Int = 0) {
        check = ArchiveReader()
        bytes.reserveCapacity(size)
    }

    /// Adds a file, whose content has as many bytes as the entry says.
    ///
    /// - Throws: `ArchiveError` for what no reader would take.
    package mutating func add(_ entry: ArchiveEntry, _ content: [UInt8]) throws {
        guard content.count == entry.size else {
            throw ArchiveError("\(entry.path) has \(content.count) bytes, expected \(entry.size)")
        }
        let header = try ArchiveHeader.bytes(of: entry)
        let padding = [UInt8](repeating: 0, count: ArchiveHeader.padding(after: entry.size))
        for part in [header, content, padding] { try check.read(part[...]) { _ in } }
        bytes += header
        bytes += content
        bytes += padding
    }

    /// Ends the archive and gives it.
    package consuming func finish() -> [UInt8] {
        bytes += ArchiveHeader.end
        return bytes
    }
}
