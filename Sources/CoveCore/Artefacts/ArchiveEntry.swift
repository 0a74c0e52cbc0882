// SPDX-License-Identifier: Apache-2.0

/// A regular file in an archive.
package struct ArchiveEntry: Sendable, Hashable {
    /// Where it is below the folder that the archive is unpacked into, `/` between names.
    package var path: String
    /// Its length in bytes.
    package var size: Int
    /// Whether its owner may execute it.
    package var isExecutable: Bool

    package init(path: String, size: Int, isExecutable: Bool = false) {
        self.path = path
        self.size = size
        self.isExecutable = isExecutable
    }

    /// Whether one entry stands before another: by the bytes of their paths.
    package static func isOrdered(_ first: ArchiveEntry, _ second: ArchiveEntry) -> Bool {
        first.path.utf8.lexicographicallyPrecedes(second.path.utf8)
    }

    /// The folders above the file, the outermost first.
    package var folders: [String] {
        path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: "/") }.map { String(path[..<$0]) }
    }

    /// Why a path cannot be one of an archive; nil where it can: it then stays below the folder, whoever made it.
    package static func problem(ofPath path: String) -> String? {
        if path.isEmpty { return "it is empty" }
        if path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "it holds a control character" }
        if path.utf8.first == UInt8(ascii: "/") { return "it is absolute" }
        for name in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if name.isEmpty { return "it has an empty part between two /" }
            if name.elementsEqual("..".utf8) || name.elementsEqual(".".utf8) {
                return "it has the part \(String(decoding: name, as: UTF8.self))"
            }
            if name.count > 255 { return "it has a part of more than 255 bytes" }
        }
        return nil
    }
}
