// SPDX-License-Identifier: Apache-2.0

import CoveTestSupport
import Testing

@testable import CoveKit

/// The build ID of an executable, in files as linkers write them and in others.
struct BuildIDTests {
    private static let id = [UInt8](1...20)

    /// A note: its type, owner and content, each padded to the alignment.
    private static func note(_ type: Int, _ owner: String, _ content: [UInt8], alignment: Int = 4) -> [UInt8] {
        let name = Array(owner.utf8) + [0]
        var bytes = number(name.count, 4) + number(content.count, 4) + number(type, 4) + name
        bytes += [UInt8](repeating: 0, count: -bytes.count & (alignment - 1))
        bytes += content
        return bytes + [UInt8](repeating: 0, count: -bytes.count & (alignment - 1))
    }

    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// An ELF file of 64 bits with a `PT_LOAD` of the whole and a `PT_NOTE` for each of the segments.
    private static func file(_ segments: [(notes: [UInt8], alignment: Int)]) -> [UInt8] {
        let headers = 64
        var offset = headers + 56 * (segments.count + 1)
        var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 25)
        bytes += number(headers, 8) + [UInt8](repeating: 0, count: 14) + number(56, 2) + number(segments.count + 1, 2)
        bytes += [UInt8](repeating: 0, count: headers - bytes.count)
        func header(type: Int, at offset: Int, count: Int, alignment: Int) -> [UInt8] {
            number(type, 4) + number(4, 4) + number(offset, 8) + number(offset, 8) + number(offset, 8)
                + number(count, 8) + number(count, 8) + number(alignment, 8)
        }
        bytes += header(type: 1, at: 0, count: offset, alignment: 4096)
        for segment in segments {
            bytes += header(type: 4, at: offset, count: segment.notes.count, alignment: segment.alignment)
            offset += segment.notes.count
        }
        return bytes + segments.flatMap(\.notes)
    }

    @Test func `it is found after other notes and segments`() {
        let property = Self.note(5, "GNU", Self.number(7, 4), alignment: 8)
        let tag = Self.note(1, "GNU", Self.number(0, 4))
        let other = Self.note(3, "Go!", Self.id.reversed())
        let own = Self.note(3, "GNU", Self.id)
        #expect(BuildID.find(in: Self.file([(property, 8), (tag + other + own, 4)])) == Self.id)
        let wide = Self.note(3, "GNU", Self.id, alignment: 8)
        #expect(BuildID.find(in: Self.file([(property + wide, 8)])) == Self.id)
        #expect(BuildID.find(in: Self.file([(tag + other, 4)])) == nil)
    }

    @Test(arguments: [7, 8, 64, 65])
    func `one that is too short to tell builds apart is none`(count: Int) {
        let id = [UInt8](repeating: 9, count: count)
        let found = BuildID.find(in: Self.file([(Self.note(3, "GNU", id), 4)]))
        #expect(found == (8...64 ~= count ? id : nil))
    }

    @Test func `a file that is cut off anywhere has none`() {
        let whole = Self.file([(Self.note(3, "GNU", Self.id), 4)])
        #expect(BuildID.find(in: whole) == Self.id)
        for count in whole.indices { #expect(BuildID.find(in: Array(whole.prefix(count))) == nil) }
    }

    @Test func `no number in a file leads outside of it`() {
        let whole = Self.file([(Self.note(1, "GNU", [1]) + Self.note(3, "GNU", Self.id), 4)])
        for place in whole.indices {
            for count in [1, 2, 4, 8] where place + count <= whole.count {
                var bytes = whole
                bytes.replaceSubrange(place..<place + count, with: [UInt8](repeating: 0xff, count: count))
                let found = BuildID.find(in: bytes)
                #expect(found == nil || found?.count == 20)
            }
        }
    }

    @Test func `a file that is no ELF file of 64 bits has none`() {
        let whole = Self.file([(Self.note(3, "GNU", Self.id), 4)])
        for place in 0..<6 {
            var bytes = whole
            bytes[place] ^= 3
            #expect(BuildID.find(in: bytes) == nil)
        }
    }

    @Test func `the build of a file with an ID is that`() throws {
        let place = try TemporaryFolder()
        let file = Self.file([(Self.note(3, "GNU", Self.id), 4)])
        let path = try place.write("x", file + [UInt8](repeating: 1, count: 1 << 20))
        #expect(try ExecutableFile.build(of: path).get() == "0102030405060708090a0b0c0d0e0f1011121314")
    }
}
