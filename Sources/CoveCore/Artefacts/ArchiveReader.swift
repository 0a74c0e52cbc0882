// SPDX-License-Identifier: Apache-2.0

/// Reads an archive as it comes, and refuses all that Cove does not write.
///
/// The files come in the order of their paths, each path once, none below another file, and none outside of the folder that the archive
/// is unpacked into. Pure: what a file's bytes become is the caller's business.
package struct ArchiveReader: Sendable {
    /// What comes next in the archive.
    package enum Event: Sendable {
        /// A file begins.
        case file(ArchiveEntry)
        /// Bytes of the file that began last.
        case content(ArraySlice<UInt8>)
        /// The file that began last is complete.
        case fileEnd
    }

    private enum State: Sendable {
        /// A header or the first block of the end.
        case header
        case content(rest: Int, padding: Int)
        case padding(Int)
        /// The second block of the end.
        case ending
        case ended
    }

    private let limit: Int
    private let mostFiles: Int
    private var state = State.header
    private var block: [UInt8] = []
    private var last: ArchiveEntry?
    private var paths: Set<String> = []
    private var unpacked = 0

    /// A reader of an archive whose files have at most so many bytes together.
    package init(limit: Int = ArtefactLimits.archive, files: Int = ArtefactLimits.files) {
        self.limit = limit
        mostFiles = files
    }

    /// Takes the next bytes of the archive.
    ///
    /// - Throws: `ArchiveError`; what `take` throws. Nothing may be read after that.
    package mutating func read(_ bytes: ArraySlice<UInt8>, _ take: (Event) throws -> Void) throws {
        var bytes = bytes
        while !bytes.isEmpty {
            switch state {
            case .header, .ending:
                let part = bytes.prefix(ArchiveHeader.block - block.count)
                block += part
                bytes = bytes.dropFirst(part.count)
                guard block.count == ArchiveHeader.block else { return }
                try readBlock(take)
                block.removeAll(keepingCapacity: true)
            case .content(let rest, let padding):
                let part = bytes.prefix(rest)
                try take(.content(part))
                bytes = bytes.dropFirst(part.count)
                try goOn(.content(rest: rest - part.count, padding: padding), take)
            case .padding(let rest):
                let part = bytes.prefix(rest)
                guard part.allSatisfy({ $0 == 0 }) else {
                    throw ArchiveError("found bytes between two files, expected zeros up to a block")
                }
                bytes = bytes.dropFirst(part.count)
                state = part.count == rest ? .header : .padding(rest - part.count)
            case .ended: throw ArchiveError("found bytes after the end of the archive")
            }
        }
    }

    /// All bytes of the archive were read.
    ///
    /// - Throws: `ArchiveError` when it is not complete, or holds no file.
    package func finish() throws(ArchiveError) {
        guard case .ended = state else {
            throw ArchiveError("the archive ends too early: expected two blocks of zeros after its last file")
        }
        guard last != nil else { throw ArchiveError("the archive holds no file") }
    }

    private mutating func readBlock(_ take: (Event) throws -> Void) throws {
        let isZero = block.allSatisfy { $0 == 0 }
        if case .ending = state {
            guard isZero else { throw ArchiveError("found one block of zeros, expected two at the end of the archive") }
            state = .ended
            return
        }
        if isZero {
            state = .ending
            return
        }
        let entry = try ArchiveHeader.entry(of: block)
        try note(entry)
        try take(.file(entry))
        try goOn(.content(rest: entry.size, padding: ArchiveHeader.padding(after: entry.size)), take)
    }

    /// Goes on with the content of a file, or past its end.
    private mutating func goOn(_ next: State, _ take: (Event) throws -> Void) throws {
        state = next
        guard case .content(0, let padding) = next else { return }
        try take(.fileEnd)
        state = padding == 0 ? .header : .padding(padding)
    }

    private mutating func note(_ entry: ArchiveEntry) throws(ArchiveError) {
        if paths.contains(entry.path) { throw ArchiveError("\(entry.path) is in the archive twice") }
        if let last, !ArchiveEntry.isOrdered(last, entry) {
            throw ArchiveError("\(entry.path) comes after \(last.path): expected the files in the order of their paths")
        }
        if let file = entry.folders.first(where: paths.contains) {
            throw ArchiveError("\(entry.path) is below \(file), which is a file")
        }
        guard paths.count < mostFiles else {
            throw ArchiveError("the archive holds more than \(mostFiles) files, which is the most")
        }
        // Compared without adding, which could overflow.
        guard entry.size <= limit - unpacked else {
            throw ArchiveError("the archive holds more than \(limit) bytes of files, which is the most")
        }
        unpacked += entry.size
        paths.insert(entry.path)
        last = entry
    }
}
