// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWorker

/// What `cove exec --ship` lets travel with a run, and the program in it.
struct ShippedFiles {
    let archive: ArtefactArchive
    /// The file or folder, as it was named.
    private let name: String
    private let path: String
    private let isFolder: Bool
    private let environment: ProcessEnvironment

    /// Packs a file or the files of a folder; nil, with what is wrong left with the reader, when they cannot travel.
    init?(_ name: String, _ environment: ProcessEnvironment, _ reader: inout SettingReader) {
        self.name = name
        self.environment = environment
        path = name == "." || name == "./" ? environment.workingDirectory : environment.absolute(Self.plain(name))
        isFolder = FolderListing.isFolder(path)
        do {
            archive = try ArtefactArchive.packing([.init(path)])
        } catch {
            for problem in (error as? InvalidRequest)?.problems ?? ["\(error)"] {
                reader.add(problem: "--ship \(name): \(problem)")
            }
            return nil
        }
    }

    /// The program as a path in the archive; nil when it is none of the files and may be found elsewhere.
    ///
    /// What is wrong with it is left with the reader.
    func program(_ program: String, _ reader: inout SettingReader) -> String? {
        guard let entry = entry(of: program) else {
            guard program.contains("/"), !program.hasPrefix("/") else { return nil }
            let known = archive.entries.prefix(5).map(\.path).joined(separator: ", ")
            reader.add(
                problem: "the program \(program) is not among the files of --ship \(name) (\(known)"
                    + (archive.entries.count > 5 ? ", …" : "") + "): name it by its path there"
                    + (Self.name(of: program).flatMap(entry(named:)).map { ", such as \($0.path)" } ?? ""))
            return program
        }
        if !entry.isExecutable {
            reader.add(
                problem:
                    "the program \(entry.path) of --ship \(name) is not executable; set its permission with chmod +x")
        }
        return entry.path
    }

    private static func name(of path: String) -> Substring? { path.split(separator: "/").last }

    private func entry(named name: Substring) -> ArchiveEntry? {
        archive.entries.first { Self.name(of: $0.path) == name }
    }

    private func entry(of program: String) -> ArchiveEntry? {
        if !isFolder, environment.absolute(Self.plain(program)) == path { return archive.entries.first }
        let plain = Self.plain(program)
        return archive.entries.first { $0.path == plain }
    }

    /// A path without `./` before it.
    private static func plain(_ path: String) -> String {
        var path = path[...]
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        return String(path)
    }
}
