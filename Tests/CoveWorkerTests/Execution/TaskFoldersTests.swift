// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Foundation
import Glibc
import Testing

@testable import CoveWorker

/// Folders of attempts: empty, private, and gone when they are done with.
@Suite struct TaskFoldersTests {
    private let place: TestFolder
    private let root: String

    init() throws {
        place = try TestFolder()
        root = place.file("cove-\(geteuid())")
    }

    private func names(_ path: String? = nil) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path ?? root)) ?? []).filter { $0 != "lock" }.sorted()
    }

    private func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// What a process left that was killed: a folder with a lock that nobody holds.
    private func leave(_ name: String = "4711-dead") throws -> String {
        _ = mkdir(root, 0o700)
        try place.makeFolder("cove-\(geteuid())/\(name)/1")
        try place.write("cove-\(geteuid())/\(name)/lock", "")
        return root + "/\(name)"
    }

    @Test func `an attempt has an empty folder that is its user's alone, and nothing stays`() async throws {
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        let (one, two) = (try await folders.make(), try await folders.make())
        #expect(one.path != two.path)
        for folder in [one, two] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o700)
            #expect(names(folder.path) == [])
        }
        await folders.remove(one)
        #expect(!exists(one.path) && exists(two.path))
        await folders.remove(two)
        #expect(names() == [])
        // And again.
        let three = try await folders.make()
        #expect(exists(three.path))
        await folders.remove(three)
        #expect(names() == [])
    }

    @Test func `no attempt waits for ever for its folder to go; the rest goes before the next`() async throws {
        let folders = TaskFolders(parent: place.path, patience: .zero)
        let folder = try await folders.make()
        for number in 0..<600 { #expect(mkdir(folder.path + "/\(number)", 0o700) == 0) }
        await folders.remove(folder)
        #expect(!names(folder.path).isEmpty)
        let next = try await folders.make()
        #expect(!exists(folder.path) && names(next.path) == [])
        await folders.remove(next)
        #expect(names() == [])
    }

    @Test func `everything that a program made goes with its folder, and no link is followed`() async throws {
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        let folder = try await folders.make()
        try place.write("kept", "precious")
        try place.makeFolder("outside/inner")
        try place.write("outside/inner/kept", "precious")
        for (link, target) in [
            ("link", place.file("kept")), ("folder", place.file("outside")), ("up", ".."), ("gone", "/x/y"),
        ] {
            #expect(symlink(target, folder.path + "/" + link) == 0)
        }
        #expect(mkfifo(folder.path + "/pipe", 0o000) == 0)
        // More than is read at a time, and a name that is no UTF-8.
        for number in 0..<600 { #expect(close(creat(folder.path + "/file \(number)", 0o000)) == 0) }
        #expect(close(creat(Array(folder.path.utf8).map { CChar(bitPattern: $0) } + [0x2F, -1, -2, 0], 0o600)) == 0)
        // Deeper than folders are open at a time, each without rights.
        var path = folder.path
        for _ in 0..<60 {
            path += "/d"
            #expect(mkdir(path, 0o700) == 0)
            #expect(symlink(place.file("outside"), path + "/out") == 0)
        }
        #expect(chmod(folder.path + "/d", 0o000) == 0)
        await folders.remove(folder)
        #expect(!exists(folder.path))
        #expect(names() == [])
        #expect(try place.text("kept") == "precious")
        #expect(try place.text("outside/inner/kept") == "precious")
    }

    @Test func `what a killed process left is taken away before the first folder is made`() async throws {
        let left = try leave()
        try place.write("cove-\(geteuid())/4711-dead/1/file", "x")
        try place.makeFolder("kept")
        #expect(symlink(place.file("kept"), root + "/link") == 0)
        // Killed in between: no lock yet.
        #expect(mkdir(root + "/4712-1f", 0o700) == 0)
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        let folder = try await folders.make()
        #expect(!exists(left) && !exists(root + "/4712-1f"))
        #expect(exists(root + "/link") && exists(place.file("kept")))
        await folders.remove(folder)
    }

    @Test(arguments: ["python-6a7f", "4711-python", "4711", "-dead", "4711-", "4711-dead-1"])
    func `what has not the name of a process's folder is left alone`(_ name: String) async throws {
        let theirs = try leave(name)
        let dead = try leave("4711-dead")
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        await folders.remove(try await folders.make())
        #expect(exists(theirs) && !exists(dead))
    }

    @Test func `folders of a process that lives are left alone`() async throws {
        let living = TaskFolders(parent: place.path, patience: .seconds(600))
        let theirs = try await living.make()
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        let folder = try await folders.make()
        #expect(exists(theirs.path))
        await folders.remove(folder)
        await living.remove(theirs)
        #expect(names() == [])
    }

    @Test func `a folder in which a program is still at work is left, and those beside it are not`() async throws {
        let left = try leave()
        try place.makeFolder("cove-\(geteuid())/4711-dead/2/deep")
        let workshop = try ProgramWorkshop()
        try workshop.fifo("door")
        let folder = workshop.folder
        try await withThrowingTaskGroup(of: Void.self) { group in
            try workshop.fifo("ready")
            group.addTask {
                _ = try await workshop.shell("cd \(left)/2/deep && echo >$DIR/ready && read -r _ <$DIR/door")
            }
            _ = try await workshop.end(of: "ready")
            let folders = TaskFolders(parent: place.path, patience: .seconds(600))
            let own = try await folders.make()
            #expect(exists(left + "/2/deep") && !exists(left + "/1"))
            await folders.remove(own)
            let door = open(folder + "/door", O_WRONLY)
            #expect(write(door, "\n", 1) == 1)
            close(door)
            try await group.waitForAll()
        }
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        let own = try await folders.make()
        #expect(!exists(left))
        await folders.remove(own)
    }

    @Test func `a folder that others may enter, and a link in its place, are not used`() async throws {
        for make in [{ mkdir($0, 0o755) }, { symlink(place.path, $0) }] as [(String) -> CInt] {
            #expect(make(root) == 0)
            do {
                _ = try await TaskFolders(parent: place.path, patience: .seconds(600)).make()
                Issue.record("a folder was made in \(names())")
            } catch {
                #expect(!error.isRetryable && error.reason.contains(root))
            }
            #expect(unlink(root) == 0 || rmdir(root) == 0)
        }
    }

    @Test func `a place that is not there is told`() async throws {
        do {
            _ = try await TaskFolders(parent: place.file("none")).make()
            Issue.record("a folder was made")
        } catch {
            #expect(error.reason.contains("could not be made (No such file or directory)"))
        }
    }

    @Test func `hundreds of folders leave no descriptor open`() async throws {
        func open() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?.hasPrefix(
                    place.path) == true
            }.count
        }
        let folders = TaskFolders(parent: place.path, patience: .seconds(600))
        for _ in 0..<300 {
            let folder = try await folders.make()
            #expect(mkdir(folder.path + "/x", 0o700) == 0)
            await folders.remove(folder)
        }
        #expect(try open() == 0)
    }
}
