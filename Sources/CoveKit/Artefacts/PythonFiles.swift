// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import CoveWorker
import FoundationEssentials

/// What of this machine travels with a run of a Python function: its file, the modules beside it that it imports, and what
/// `--with` names.
struct PythonFiles {
    /// Where folders and wheels stand whose content is importable: no module can have this name.
    private static let searched = "with"

    private var sources: [ArtefactArchive.Source]
    private var folders = 0

    /// The file at a path, and the modules and packages beside it of these names.
    init(file: String, neighbours: [String]) {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        sources = [.init(file)]
        for name in neighbours { add(module: folder + name) }
    }

    /// Adds what `--with` names: a module or a package stands beside the file, and so does any other file; of a folder that is no
    /// package the content can be imported, and so can that of a wheel.
    mutating func add(_ path: String) {
        guard FolderListing.isFolder(path) else { return sources.append(.init(path)) }
        if FileManager.default.fileExists(atPath: path + "/__init__.py") { return add(module: path) }
        append(path, in: "\(Self.searched)/\(folders)")
        folders += 1
    }

    /// Packs all of it.
    ///
    /// - Throws: `InvalidRequest` with everything that keeps it from travelling.
    func packed() throws -> PackedArtefact { try ArtefactArchive.packing(sources).artefact }

    private mutating func add(module path: String) {
        guard FolderListing.isFolder(path) else { return sources.append(.init(path)) }
        append(path, in: String(path.split(separator: "/").last ?? ""))
    }

    private mutating func append(_ path: String, in folder: String) {
        var source = ArtefactArchive.Source(path, in: folder)
        source.leftOut = ["__pycache__", ".git", ".venv"]
        sources.append(source)
    }
}
