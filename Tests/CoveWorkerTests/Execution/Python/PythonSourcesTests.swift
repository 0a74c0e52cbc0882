// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import CoveWorker

@Suite struct PythonSourcesTests {
    @Test func `the sources are written once, for their owner alone`() throws {
        let folder = try TestFolder()
        let sources = try PythonSources(below: folder.path + "/made")
        let names = try FileManager.default.contentsOfDirectory(atPath: sources.folder)
        #expect(names.contains("cove_file.py") && names.contains("cove_host.py"))
        #expect(try attribute(.posixPermissions, of: sources.folder) == "\(0o700)")
        let before = try attribute(.systemFileNumber, of: sources.folder)
        let again = try PythonSources(below: folder.path + "/made")
        #expect(try again.folder == sources.folder && attribute(.systemFileNumber, of: again.folder) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/made").count == 1)
    }

    @Test func `sources that were changed are written anew`() throws {
        let folder = try TestFolder()
        let path = try PythonSources(below: folder.path).path(of: "cove_host.py")
        try Data("import os".utf8).write(to: URL(filePath: path))
        _ = try PythonSources(below: folder.path)
        #expect(FileManager.default.contents(atPath: path)?.count ?? 0 > 1_000)
    }

    @Test func `a folder that others may write into is refused`() throws {
        let folder = try TestFolder()
        #expect(chmod(folder.path, 0o777) == 0)
        let problem = #expect(throws: PythonProblem.self) { try PythonSources(below: folder.path) }
        #expect(problem?.description.contains("others may write into it") == true)
    }

    @Test func `a link that leads to such a folder is refused, one to a folder of one's own is not`() throws {
        let folder = try TestFolder()
        try folder.makeFolder("own")
        try folder.makeFolder("open")
        #expect(chmod(folder.file("own"), 0o700) == 0 && chmod(folder.file("open"), 0o777) == 0)
        for name in ["own", "open"] { #expect(symlink(folder.file(name), folder.file("to-" + name)) == 0) }
        #expect(try PythonSources(below: folder.file("to-own")).folder.hasPrefix(folder.file("to-own")))
        #expect(throws: PythonProblem.self) { try PythonSources(below: folder.file("to-open")) }
    }

    /// A file's attribute as text: Foundation's numbers have types of their own.
    private func attribute(_ key: FileAttributeKey, of path: String) throws -> String {
        "\(try #require(try FileManager.default.attributesOfItem(atPath: path)[key]))"
    }
}
