// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Testing

@testable import CoveWorker

/// Unpacking, of whatever comes.
@Suite struct UnpackedFilesTests {
    @Test func `what is unpacked packs into the same bytes`() throws {
        let place = try TestFolder()
        let artefact = try ArtefactWorkshop.artefact(bytes: 300_000)
        try Data(artefact.bytes).write(to: URL(fileURLWithPath: place.file("archive")))
        let unpacked = try UnpackedFiles.unpack(place.file("archive"), into: place.file("files"))
        #expect(unpacked.reference() == artefact.reference)
        let listing = FolderListing(of: unpacked.path)
        #expect(listing.problems.isEmpty && listing.entries.map(\.path) == ["bin/run", "data"])
        // Nothing is put into a folder that is there.
        #expect(throws: FileFailure.self) {
            _ = try UnpackedFiles.unpack(place.file("archive"), into: place.file("files"))
        }
    }

    @Test(arguments: 0..<4) func `whatever comes, nothing appears beside the folder`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let archive = try ArtefactWorkshop.artefact().bytes
        let edges = ["../", "/", "..", "a/../../", "bin", "2", "5"].map { Array($0.utf8) }
        let place = try TestFolder()
        try place.write("sentinel", "as it was")
        var taken = 0
        for round in 0..<100 {
            var bytes = archive
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let header = [0, 1_024][Int.random(in: 0...1, using: &generator)]
                let field = [0, 1, 100, 124, 156, 345, Int.random(in: 0..<512, using: &generator)]
                let start = header + field[Int.random(in: 0..<field.count, using: &generator)]
                let edge = edges[Int.random(in: 0..<edges.count, using: &generator)]
                bytes.replaceSubrange(start..<start + edge.count, with: edge)
                bytes.replaceSubrange(header + 148..<header + 156, with: [UInt8](repeating: 0x20, count: 8))
                let digits = String(bytes[header..<header + 512].reduce(0) { $0 + Int($1) }, radix: 8)
                let sum = String(repeating: "0", count: 6 - digits.count) + digits
                bytes.replaceSubrange(header + 148..<header + 156, with: sum.utf8 + [0, 0x20])
            }
            try Data(bytes).write(to: URL(fileURLWithPath: place.file("archive")))
            if (try? UnpackedFiles.unpack(place.file("archive"), into: place.file("files"))) != nil { taken += 1 }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
                    == ["archive", "files", "sentinel"], "round \(round)")
            #expect(FolderListing(of: place.file("files")).problems.isEmpty)
            try FileManager.default.removeItem(atPath: place.file("files"))
        }
        #expect(try place.text("sentinel") == "as it was")
        #expect(taken > 0 && taken < 90, "\(taken) were taken")
    }
}
