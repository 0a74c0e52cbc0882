// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveKit

/// Packing files to travel.
@Suite struct ArtefactArchiveTests {
    private let place: TemporaryFolder

    init() throws {
        place = try TemporaryFolder()
        for folder in ["tool/bin", "tool/lib/empty", "wheels"] {
            try FileManager.default.createDirectory(atPath: place.file(folder), withIntermediateDirectories: true)
        }
        _ = try place.write("tool/bin/run", "#!/bin/sh\n".utf8, mode: 0o755)
        _ = try place.write("tool/lib/a", "a".utf8, mode: 0o600)
        _ = try place.write("main.py", "pass\n".utf8, mode: 0o640)
        _ = try place.write("wheels/x.whl", "wheel".utf8)
    }

    private func problems(of body: () throws -> Void) -> [String] {
        do {
            try body()
            return []
        } catch {
            return (error as? InvalidRequest)?.problems ?? ["\(error)"]
        }
    }

    @Test func `files are packed by their names, folders below theirs`() throws {
        let archive = try ArtefactArchive.packing(
            paths: [place.file("main.py"), place.file("tool"), place.file("wheels/x.whl")])
        #expect(archive.entries.map(\.path) == ["main.py", "tool/bin/run", "tool/lib/a", "x.whl"])
        #expect(archive.entries.map(\.isExecutable) == [false, true, false, false])
        var digest = ArtefactDigest()
        digest.update(archive.artefact.bytes)
        #expect(archive.reference == digest.reference)
    }

    @Test func `the same files have the same digest, wherever they are and whenever they were written`() throws {
        let one = try ArtefactArchive.packing([.init(place.file("tool"))])
        try FileManager.default.copyItem(atPath: place.file("tool"), toPath: place.file("copy"))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 5)], ofItemAtPath: place.file("copy/lib/a"))
        #expect(try ArtefactArchive.packing([.init(place.file("copy"))]).artefact == one.artefact)
        #expect(one.entries.map(\.path) == ["bin/run", "lib/a"])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place.file("copy/lib/a"))
        #expect(try ArtefactArchive.packing([.init(place.file("copy"))]).reference != one.reference)
    }

    @Test func `tar can list and unpack it`() throws {
        let archive = try ArtefactArchive.packing([.init(place.file("tool")), .init(place.file("main.py"))])
        _ = try place.write("x.tar", archive.artefact.bytes)
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "-tvf", place.file("x.tar")]
        let output = Pipe()
        tar.standardOutput = output
        try tar.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.map { $0.last ?? "" } == ["bin/run", "lib/a", "main.py"])
        #expect(lines.map { $0.first ?? "" } == ["-rwxr-xr-x", "-rw-r--r--", "-rw-r--r--"])
    }

    @Test func `everything that cannot travel is told at once`() throws {
        let files = FileManager.default
        try files.createSymbolicLink(atPath: place.file("tool/link"), withDestinationPath: "lib/a")
        try files.createSymbolicLink(atPath: place.file("tool/lib/up"), withDestinationPath: "/etc")
        mkfifo(place.file("tool/pipe"), 0o600)
        let long = String(repeating: "n", count: 120)
        _ = try place.write("tool/\(long)", [])
        let found = problems {
            _ = try ArtefactArchive.packing(paths: [place.file("tool"), place.file("absent")])
        }
        #expect(found.count == 5)
        for word in [
            "tool/link is a symbolic link", "lib/up is a symbolic link", "tool/pipe is neither", "too long", "absent",
        ] {
            #expect(found.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test func `a link to a file is that file, and two of one name are one too many`() throws {
        try FileManager.default.createSymbolicLink(
            atPath: place.file("link.py"), withDestinationPath: place.file("main.py"))
        #expect(
            try ArtefactArchive.packing(paths: [place.file("link.py")]).entries == [
                ArchiveEntry(path: "link.py", size: 5)
            ])
        _ = try place.write("wheels/main.py", "other".utf8)
        let found = problems {
            _ = try ArtefactArchive.packing(paths: [place.file("main.py"), place.file("wheels/main.py")])
        }
        #expect(found.count == 1 && found[0].contains("would both be main.py"))
    }

    @Test func `what is too large or nothing is told`() throws {
        let large = place.file("large")
        #expect(FileManager.default.createFile(atPath: large, contents: nil))
        #expect(truncate(large, 64 << 20) == 0)
        let found = problems { _ = try ArtefactArchive.packing(paths: [large]) }
        #expect(found.count == 1 && found[0].contains("64 MiB"))
        let none = problems { _ = try ArtefactArchive.packing([.init(place.file("tool/lib/empty"))]) }
        #expect(none.count == 1 && none[0].contains("no file"))
    }

    // MARK: --ship

    private func program(_ name: String, ship: String) -> (path: String?, problems: [String]) {
        var reader = SettingReader(variables: [:])
        let shipped = ShippedFiles(ship, .sample(workingDirectory: place.path), &reader)
        return (shipped?.program(name, &reader), reader.problems)
    }

    @Test(arguments: [
        ("run", "tool/bin/run"), ("./tool/bin/run", "tool/bin/run"), ("tool/bin/run", "./tool/bin/run"),
        ("./run", "tool/bin/run"),
    ])
    func `a shipped file is the program by its name and by its path`(_ name: String, _ ship: String) {
        let (path, problems) = program(name, ship: ship)
        #expect(path == "run" && problems.isEmpty)
        #expect(program(place.file("tool/bin/run"), ship: ship).path == "run")
    }

    @Test func `a program of a shipped folder is a path in it`() {
        for name in ["bin/run", "./bin/run"] {
            let (path, problems) = program(name, ship: "tool")
            #expect(path == "bin/run" && problems.isEmpty)
        }
        // Found elsewhere, or not: by its name, or by its absolute path.
        for name in ["sh", "/bin/sh"] {
            let (path, problems) = program(name, ship: "tool")
            #expect(path == nil && problems.isEmpty)
        }
        #expect(program("lib/a", ship: "tool").problems.first?.contains("not executable") == true)
        #expect(program("../main.py", ship: "tool").problems.first?.contains("bin/run, lib/a") == true)
        #expect(program("bin/run", ship: "absent").problems.first?.hasPrefix("--ship absent: ") == true)
    }
}
