// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import CoveKit

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct FileDescriptorTests {
    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 300_000])
    func `what was written is read, and not more than is asked for`(count: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        do {
            let file = try #require(FileDescriptor(writing: folder.file("f")))
            #expect(file.write(bytes))
            #expect(file.write(bytes.lazy.map { $0 }))
        }
        let reader = try #require(FileDescriptor(reading: folder.file("f")))
        #expect(reader.read(upTo: count) == bytes)
        #expect(reader.read(upTo: count + 1) == bytes)
        #expect(reader.read(upTo: 1) == [])
    }

    @Test func `a file that is written again begins anew`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("f", "long text".utf8)
        do { #expect(try #require(FileDescriptor(writing: path)).write("x".utf8)) }
        #expect(try folder.text("f") == "x")
    }

    @Test func `what cannot be opened says why`() throws {
        let folder = try TemporaryFolder()
        #expect(FileDescriptor(reading: folder.file("none")) == nil)
        #expect(FileDescriptor.lastError == "No such file or directory")
        #expect(FileDescriptor(writing: folder.path) == nil)
        #expect(FileDescriptor.lastError == "Is a directory")
    }

    @Test func `a full disk and a reader that went away are told`() throws {
        let full = try #require(FileDescriptor(writing: "/dev/full"))
        #expect(!full.write("x".utf8))
        #expect(FileDescriptor.lastError == "No space left on device")
        let readOnly = try #require(FileDescriptor(reading: "/dev/null"))
        #expect(!readOnly.write("x".utf8))
        #expect(full.write([UInt8]()))
    }

    @Test func `why a file could not be written`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("there", "x".utf8)
        let cases: [(String, String?)] = [
            (file, nil), (folder.file("new"), nil), ("/dev/null", nil), ("relative", nil), ("/new", nil),
            ("", "it has no name"),
            (folder.path, "it is a folder"), (folder.path + "/", "it is a folder"), ("/", "it is a folder"),
            (folder.file("no/file"), "No such file or directory"),
        ]
        for (path, problem) in cases where !(path == "/new" && getuid() != 0) {
            #expect(FileDescriptor.problem(writing: path) == problem)
        }
        #expect(FileDescriptor.problem(writing: file + "/below") != nil)
        #expect(try folder.names() == ["there"])
    }

    @Test func `pipes and devices are no plain files`() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        #expect(FileDescriptor.isSpecial(folder.file("pipe")))
        #expect(FileDescriptor.isSpecial("/dev/null"))
        #expect(!FileDescriptor.isSpecial(try folder.write("file", "x".utf8)))
        #expect(!FileDescriptor.isSpecial(folder.file("none")))
    }
}
