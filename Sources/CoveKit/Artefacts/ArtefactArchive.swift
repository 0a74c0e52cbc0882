// SPDX-License-Identifier: Apache-2.0

import CoveCore
package import CoveWire
import CoveWorker

/// Files of this machine, packed to travel with a run.
package struct ArtefactArchive: Sendable {
    /// The archive and what refers to it.
    package let artefact: PackedArtefact
    /// What refers to the archive.
    package var reference: ArtefactReference { artefact.reference }
    /// Its files, in the archive's order.
    package let entries: [ArchiveEntry]

    /// A file or a folder to pack.
    package struct Source: Sendable {
        /// Where it is.
        package var path: String
        /// The folder of the archive that a folder's files stand in; empty for the archive's own root.
        package var folder: String
        /// The names of folders that stay here with all below them, such as caches.
        package var leftOut: Set<String> = []

        /// A file, which stands in the archive by its own name, or a folder, whose files stand below `folder`.
        package init(_ path: String, in folder: String = "") {
            self.path = path
            self.folder = folder
        }
    }

    /// Packs files by their names, and folders with all files in them below their names.
    ///
    /// - Throws: `InvalidRequest` with everything that keeps them from travelling.
    package static func packing(paths: [String]) throws -> ArtefactArchive {
        try packing(
            paths.map { path in
                Source(path, in: FolderListing.isFolder(path) ? String(path.split(separator: "/").last ?? "") : "")
            })
    }

    /// Packs files and folders.
    ///
    /// - Throws: `InvalidRequest` with everything that keeps them from travelling.
    package static func packing(_ sources: [Source]) throws -> ArtefactArchive {
        var files: [String: (path: String, entry: ArchiveEntry)] = [:]
        var problems: [String] = []
        for source in sources {
            let isFolder = FolderListing.isFolder(source.path)
            let listing = isFolder ? FolderListing(of: source.path) : FolderListing(ofFile: source.path)
            problems += listing.problems
            for found in listing.entries
            where source.leftOut.isDisjoint(with: found.path.split(separator: "/").map { String($0) }) {
                var entry = found
                if isFolder, !source.folder.isEmpty { entry.path = source.folder + "/" + found.path }
                let path = isFolder ? source.path + "/" + found.path : source.path
                if let other = files.updateValue((path, entry), forKey: entry.path) {
                    problems.append("\(path) and \(other.path) would both be \(entry.path): leave one of them away")
                }
            }
        }
        let entries = files.values.map(\.entry).sorted(by: ArchiveEntry.isOrdered)
        let size = ArchiveHeader.size(of: entries)
        if size > ArtefactLimits.archive {
            problems.append(
                "the files have \(size) bytes together as they travel: expected at most \(ArtefactLimits.archive) (64 MiB); "
                    + "leave some away, or let the workers have them beforehand")
        }
        if entries.isEmpty, problems.isEmpty {
            problems.append("there is no file in \(sources.map(\.path).joined(separator: ", "))")
        }
        guard problems.isEmpty else { throw InvalidRequest(problems) }
        var writer = ArchiveWriter(reserving: size)
        for entry in entries {
            do {
                try writer.add(entry, try content(of: files[entry.path]?.path ?? "", entry))
            } catch {
                problems.append("\(error)")
            }
        }
        guard problems.isEmpty else { throw InvalidRequest(problems) }
        return ArtefactArchive(artefact: PackedArtefact(bytes: writer.finish()), entries: entries)
    }

    /// All of a file, which has as many bytes as it had when it was looked at.
    private static func content(of path: String, _ entry: ArchiveEntry) throws -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(entry.size)
        try ContentFile(reading: FileDescriptor.resolved(path)).forEachPart { part in
            guard content.count + part.count <= entry.size else {
                throw ArchiveError("\(path) grew while it was read: try again when nobody writes it")
            }
            content += part
        }
        guard content.count == entry.size else {
            throw ArchiveError("\(path) became shorter while it was read: try again when nobody writes it")
        }
        return content
    }
}
