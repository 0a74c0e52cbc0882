// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire

#if canImport(Glibc)
    // A type of C belongs to whichever of these two the compiler happens to load first.
    import CoreFoundation
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The files of an archive in a folder of their own, readable by this user alone.
struct UnpackedFiles {
    /// The folder.
    let path: String

    /// Unpacks an archive into the folder, which is made.
    ///
    /// - Throws: `ArchiveError`, `FileFailure`; what was unpacked until then is left to the caller.
    static func unpack(_ archive: String, into path: String) throws -> UnpackedFiles {
        let input = try ContentFile(reading: archive)
        var reader = ArchiveReader()
        var file: NewFile?
        var folders: Set<String> = []
        try makeFolder(path)
        try input.forEachPart { bytes in
            try reader.read(bytes) { event in
                switch event {
                case .file(let entry):
                    for folder in entry.folders where folders.insert(folder).inserted {
                        try makeFolder(path + "/" + folder)
                    }
                    file = try NewFile(path + "/" + entry.path, mode: entry.isExecutable ? 0o500 : 0o400)
                case .content(let content): try file?.append(content)
                case .fileEnd: file = nil
                }
            }
        }
        try reader.finish()
        return UnpackedFiles(path: path)
    }

    /// What refers to an archive of the files as they are now; nil when they are no longer what an archive can hold.
    func reference() -> ArtefactReference? {
        let listing = FolderListing(of: path)
        guard listing.problems.isEmpty else { return nil }
        var digest = ArtefactDigest()
        do {
            for entry in listing.entries {
                digest.update(try ArchiveHeader.bytes(of: entry))
                try ContentFile(reading: path + "/" + entry.path).forEachPart { digest.update($0) }
                digest.update(repeatElement(0, count: ArchiveHeader.padding(after: entry.size)))
            }
        } catch {
            return nil
        }
        digest.update(ArchiveHeader.end)
        return digest.reference
    }

    private static func makeFolder(_ path: String) throws(FileFailure) {
        if mkdir(path, 0o700) != 0 { throw FileFailure("made", path) }
    }

    /// A file that is being written, where a value that can be copied is needed.
    private final class NewFile {
        private let file: ContentFile

        init(_ path: String, mode: mode_t) throws(FileFailure) { file = try ContentFile(making: path, mode: mode) }

        func append(_ bytes: ArraySlice<UInt8>) throws(FileFailure) { try file.append(bytes) }
    }
}
