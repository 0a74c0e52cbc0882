// SPDX-License-Identifier: Apache-2.0

@testable import CoveCore

/// Archives that are put together by hand, also such as Cove does not write.
enum ArchiveSample {
    /// A file of an archive.
    struct File {
        var path: String
        var content: [UInt8] = Array("content".utf8)
        var isExecutable = false

        init(_ path: String, _ text: String = "content", isExecutable: Bool = false) {
            self.path = path
            content = Array(text.utf8)
            self.isExecutable = isExecutable
        }
    }

    /// The archive of files, in the order in which they stand.
    static func archive(_ files: [File]) throws -> [UInt8] {
        try files.flatMap { try block($0) } + ArchiveHeader.end
    }

    /// A file with its header and what fills it up.
    static func block(_ file: File) throws -> [UInt8] {
        let entry = ArchiveEntry(path: file.path, size: file.content.count, isExecutable: file.isExecutable)
        return try ArchiveHeader.bytes(of: entry) + filled(file.content)
    }

    static func filled(_ content: [UInt8]) -> [UInt8] {
        content + [UInt8](repeating: 0, count: ArchiveHeader.padding(after: content.count))
    }

    /// An archive of one file whose header is changed and has a right sum all the same.
    static func archive(_ file: File = File("a"), changing change: (inout [UInt8]) -> Void) throws -> [UInt8] {
        var header = Array(try block(file)[..<512])
        change(&header)
        return withSum(header) + filled(file.content) + ArchiveHeader.end
    }

    /// A header whose sum is that of its bytes.
    static func withSum(_ header: [UInt8]) -> [UInt8] {
        var header = header
        header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let digits = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        let field = Array((String(repeating: "0", count: max(0, 6 - digits.count)) + digits).utf8.suffix(6))
        header.replaceSubrange(148..<156, with: field + [0, 0x20])
        return header
    }

    /// What an archive holds, read in parts of so many bytes.
    static func read(
        _ archive: [UInt8], parts: Int = .max, limit: Int = ArtefactLimits.archive, files: Int = ArtefactLimits.files
    ) throws -> [(entry: ArchiveEntry, content: [UInt8])] {
        var reader = ArchiveReader(limit: limit, files: files)
        var found: [(entry: ArchiveEntry, content: [UInt8])] = []
        var ended = 0
        var rest = archive[...]
        while !rest.isEmpty {
            let part = rest.prefix(parts)
            rest = rest.dropFirst(part.count)
            try reader.read(part) { event in
                switch event {
                case .file(let entry): found.append((entry, []))
                case .content(let bytes): found[found.count - 1].content += bytes
                case .fileEnd: ended += 1
                }
            }
        }
        try reader.finish()
        guard ended == found.count else { throw ArchiveError("a file had no end") }
        return found
    }
}
