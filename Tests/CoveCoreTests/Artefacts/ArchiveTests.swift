// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import CoveCore

/// Archives: what is written is read, and nothing else is.
@Suite struct ArchiveTests {
    private typealias File = ArchiveSample.File

    /// A path whose folders, and whose last part, have so many bytes; no folder has more than 200.
    private static func path(folder: Int, name: Int) -> String {
        let parts = folder > 200 ? [200, folder - 201] : [folder]
        let folders = parts.map { String(repeating: "d", count: $0) }.joined(separator: "/")
        return folders + "/" + String(repeating: "n", count: name)
    }

    @Test(arguments: [1, 7, 511, 512, 513, .max])
    func `what is written is read, however it is cut`(parts: Int) throws {
        let files = [
            File("a"), File("bin/run", "#!/bin/sh\n", isExecutable: true), File("bin/z", ""),
            File("lib/é ü.py", String(repeating: "x", count: 512)), File("z", String(repeating: "y", count: 1_025)),
        ]
        var writer = ArchiveWriter()
        for file in files {
            let entry = ArchiveEntry(path: file.path, size: file.content.count, isExecutable: file.isExecutable)
            try writer.add(entry, file.content)
        }
        let archive = writer.finish()
        #expect(try archive == ArchiveSample.archive(files))
        let read = try ArchiveSample.read(archive, parts: parts)
        #expect(read.map(\.entry.path) == files.map(\.path))
        #expect(read.map(\.entry.isExecutable) == files.map(\.isExecutable))
        #expect(read.map(\.content) == files.map(\.content))
        #expect(ArchiveHeader.size(of: read.map(\.entry)) == archive.count)
    }

    @Test func `a header is that of ustar, field by field`() throws {
        let header = try ArchiveHeader.bytes(of: ArchiveEntry(path: "bin/run", size: 83, isExecutable: true))
        #expect(header.count == 512)
        func field(_ range: Range<Int>) -> String { String(decoding: header[range], as: UTF8.self) }
        #expect(field(0..<8) == "bin/run\0")
        #expect(field(100..<148) == "0000755\0" + "0000000\0" + "0000000\0" + "00000000123\0" + "00000000000\0")
        #expect(field(156..<157) == "0" && field(257..<265) == "ustar\u{0}00")
        #expect(header[265...].allSatisfy { $0 == 0 })
    }

    @Test(arguments: [(0, 100), (1, 100), (60, 100), (155, 100), (155, 1), (120, 90)])
    func `a path that fits is kept`(_ folder: Int, _ name: Int) throws {
        let path = folder == 0 ? String(repeating: "n", count: name) : Self.path(folder: folder, name: name)
        #expect(try ArchiveSample.read(ArchiveSample.archive([File(path)])).map(\.entry.path) == [path])
    }

    @Test(arguments: [(0, 101), (156, 100), (160, 100), (100, 101), (255, 20)])
    func `a path that does not fit is named`(_ folder: Int, _ name: Int) {
        let path = folder == 0 ? String(repeating: "n", count: name) : Self.path(folder: folder, name: name)
        let error = #expect(throws: ArchiveError.self) {
            _ = try ArchiveHeader.bytes(of: ArchiveEntry(path: path, size: 1))
        }
        #expect(error?.message.contains("too long") == true)
    }

    @Test(arguments: [
        ("", "empty"), ("/etc/passwd", "absolute"), ("../x", ".."), ("a/../../x", ".."), ("a/..", ".."), ("./a", "."),
        ("a//b", "empty part"), ("a/", "empty part"), ("a\u{0}b", "control"), ("a\nb", "control"),
        ("a\u{7F}", "control"),
        (String(repeating: "n", count: 256), "255"),
    ])
    func `a path that leads elsewhere is none`(_ path: String, _ word: String) {
        #expect(ArchiveEntry.problem(ofPath: path)?.contains(word) == true)
        #expect(throws: ArchiveError.self) { _ = try ArchiveHeader.bytes(of: ArchiveEntry(path: path, size: 1)) }
    }

    @Test(arguments: ["a", "..a", "a..", "...", "a/.b/c", "é/ü", "-rf", "a\\b", "C:"])
    func `a path that is only odd is one`(path: String) throws {
        #expect(ArchiveEntry.problem(ofPath: path) == nil)
        #expect(try ArchiveSample.read(ArchiveSample.archive([File(path)])).map(\.entry.path) == [path])
    }

    // MARK: What is refused

    private static func message(of archive: [UInt8], limit: Int = 1 << 20, files: Int = 10) -> String {
        do {
            _ = try ArchiveSample.read(archive, parts: 100, limit: limit, files: files)
            return "taken"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a path that leads elsewhere is refused where it stands`() throws {
        for (path, word) in [
            ("/etc/cron.d/x", "absolute"), ("../x", ".."), ("a/../b", ".."), ("./b", "."), ("a//b", "empty"),
        ] {
            let archive = try ArchiveSample.archive { header in
                header.replaceSubrange(0..<100, with: path.utf8 + [UInt8](repeating: 0, count: 100 - path.utf8.count))
            }
            #expect(Self.message(of: archive).contains(word), "\(path)")
        }
        // In two fields that are harmless each by itself.
        let joined = try ArchiveSample.archive { header in
            header.replaceSubrange(345..<347, with: "..".utf8)
        }
        #expect(Self.message(of: joined).contains(".."))
        let unnamed = try ArchiveSample.archive { header in header[0] = 0 }
        #expect(Self.message(of: unnamed).contains("empty"))
        let garbled = try ArchiveSample.archive { header in header[0] = 0xFF }
        #expect(Self.message(of: garbled).contains("UTF-8"))
    }

    @Test func `only regular files are taken`() throws {
        let kinds: [(String, String)] = [
            ("1", "hard link"), ("2", "symbolic link"), ("3", "device"), ("4", "device"), ("5", "folder"),
            ("6", "pipe"),
            ("x", "type 120"), ("L", "type 76"), ("\0", "type 0"),
        ]
        for (type, word) in kinds {
            let archive = try ArchiveSample.archive { header in header[156] = Array(type.utf8)[0] }
            #expect(Self.message(of: archive).contains(word), "\(type)")
        }
    }

    @Test func `a header that is not as Cove writes it is refused`() throws {
        let changes: [(Int, UInt8)] = [
            (104, UInt8(ascii: "4")), (106, UInt8(ascii: "0")), (114, UInt8(ascii: "1")), (122, UInt8(ascii: "1")),
            (146, UInt8(ascii: "7")),
            (157, UInt8(ascii: "x")), (265, UInt8(ascii: "r")), (297, UInt8(ascii: "r")), (335, UInt8(ascii: "1")),
            (343, UInt8(ascii: "1")), (2, UInt8(ascii: "x")), (511, 1), (124, UInt8(ascii: " ")),
        ]
        for (place, byte) in changes {
            let archive = try ArchiveSample.archive { header in header[place] = byte }
            #expect(Self.message(of: archive) != "taken", "byte \(place)")
        }
        var archive = try ArchiveSample.archive([File("a")])
        archive[0] = UInt8(ascii: "b")
        #expect(Self.message(of: archive).contains("checksum"))
        archive = try ArchiveSample.archive { header in header[257] = UInt8(ascii: "U") }
        #expect(Self.message(of: archive).contains("ustar"))
        archive = try ArchiveSample.archive { header in header[130] = UInt8(ascii: "9") }
        #expect(Self.message(of: archive).contains("octal"))
    }

    @Test func `files are in order, each once, none below another`() throws {
        #expect(Self.message(of: try ArchiveSample.archive([File("a"), File("a")])).contains("twice"))
        #expect(Self.message(of: try ArchiveSample.archive([File("b"), File("c"), File("b")])).contains("twice"))
        #expect(Self.message(of: try ArchiveSample.archive([File("b"), File("a")])).contains("order"))
        // "a-b" stands between "a" and "a/b".
        #expect(
            Self.message(of: try ArchiveSample.archive([File("a"), File("a-b"), File("a/b/c")])).contains("below a"))
        #expect(Self.message(of: try ArchiveSample.archive([File("a"), File("a-b"), File("ab/c")])) == "taken")
    }

    @Test func `what is too much is refused before it comes`() throws {
        let files = (0..<11).map { File("f\(String($0, radix: 16))") }
        #expect(Self.message(of: try ArchiveSample.archive(files)).contains("more than 10 files"))
        #expect(Self.message(of: try ArchiveSample.archive(Array(files.prefix(10)))) == "taken")
        let large = [File("a", String(repeating: "x", count: 600)), File("b", String(repeating: "x", count: 401))]
        #expect(Self.message(of: try ArchiveSample.archive(large), limit: 1_000).contains("more than 1000 bytes"))
        #expect(Self.message(of: try ArchiveSample.archive(large), limit: 1_001) == "taken")
        // The largest size that a header can say.
        let giant = try ArchiveSample.archive { $0.replaceSubrange(124..<135, with: "77777777777".utf8) }
        #expect(Self.message(of: giant).contains("bytes of files"))
    }

    @Test func `an archive has its end, and nothing after it`() throws {
        let archive = try ArchiveSample.archive([File("a"), File("b")])
        for length in 0..<archive.count {
            #expect(Self.message(of: Array(archive[..<length])).contains("too early"), "\(length) bytes")
        }
        #expect(Self.message(of: archive) == "taken")
        #expect(Self.message(of: archive + [0]).contains("after the end"))
        #expect(Self.message(of: ArchiveHeader.end).contains("no file"))
        var padded = archive
        padded[512 + 8] = 1
        #expect(Self.message(of: padded).contains("between two files"))
        let single = Array(archive.dropLast(512)) + [UInt8](repeating: 1, count: 512)
        #expect(Self.message(of: single).contains("one block of zeros"))
    }

    // MARK: Damage

    /// An archive with up to three changes, half of the time with headers whose sums are right all the same.
    private static func mutated(_ archive: [UInt8], _ headers: [Int], using generator: inout SeededGenerator) -> [UInt8]
    {
        var bytes = archive
        let edges: [[UInt8]] = [
            Array("../".utf8), Array("/".utf8), [0], [0xFF], Array("77777777777".utf8), Array("2".utf8),
            Array("5".utf8),
            Array("a/../..".utf8), [UInt8](repeating: 0, count: 512),
        ]
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let header = headers[Int.random(in: 0..<headers.count, using: &generator)]
            let fields = [0, 0, 1, 100, 124, 156, 157, 345, Int.random(in: 0..<512, using: &generator)]
            let field = fields[Int.random(in: 0..<fields.count, using: &generator)]
            let isInHeader = Int.random(in: 0..<4, using: &generator) > 0
            let place =
                isInHeader ? min(bytes.count, header + field) : Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &generator))
            switch Int.random(in: 0..<6, using: &generator) {
            case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 3: bytes.removeSubrange(place...)
            default:
                let edge = edges[Int.random(in: 0..<edges.count, using: &generator)].prefix(bytes.count - place)
                bytes.replaceSubrange(place..<place + edge.count, with: edge)
            }
        }
        guard Bool.random(using: &generator) else { return bytes }
        for header in headers where header + 512 <= bytes.count {
            bytes.replaceSubrange(
                header..<header + 512, with: ArchiveSample.withSum(Array(bytes[header..<header + 512])))
        }
        return bytes
    }

    @Test(arguments: 0..<10) func `whatever comes, no path leads elsewhere`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let files = [
            File("a"), File("bin/run", "#!", isExecutable: true), File("lib/x/y", String(repeating: "z", count: 700)),
        ]
        let archive = try ArchiveSample.archive(files)
        let headers = [0, 1_024, 2_048]
        var taken = 0
        var refused: Set<String> = []
        for _ in 0..<2_000 {
            let damaged = Self.mutated(archive, headers, using: &generator)
            do {
                let parts = Int.random(in: 1...600, using: &generator)
                for (entry, content) in try ArchiveSample.read(damaged, parts: parts) {
                    #expect(ArchiveEntry.problem(ofPath: entry.path) == nil && content.count == entry.size)
                    #expect(!entry.path.hasPrefix("/") && !entry.path.split(separator: "/").contains(".."))
                }
                // What is taken is what is written.
                let again = try ArchiveSample.read(damaged).map {
                    var file = File($0.entry.path, isExecutable: $0.entry.isExecutable)
                    file.content = $0.content
                    return file
                }
                #expect(try ArchiveSample.archive(again) == damaged)
                taken += 1
            } catch let error as ArchiveError {
                refused.insert(String(error.message.suffix(12)))
            }
        }
        #expect(taken > 20 && refused.count > 10, "\(taken) were taken, for \(refused.count) reasons others not")
    }
}
