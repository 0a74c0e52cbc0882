// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Testing

@testable import CoveWorker

/// Files at a worker: fetched once, verified, shared, and removed.
@Suite(.timeLimit(.minutes(5)))
struct ArtefactCacheTests {
    private func failure(of body: () async throws -> Void) async -> Failure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? Failure
        }
    }

    private func mode(_ path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
    }

    @Test func `what is fetched is unpacked for its owner alone`() async throws {
        let bench = try ArtefactWorkshop()
        let artefact = try ArtefactWorkshop.artefact()
        try await bench.use(artefact) { (path: String) throws in
            #expect(path == bench.folder.file("artefacts/\(ArtefactWorkshop.name(of: artefact))"))
            let text = try bench.folder.text("artefacts/\(ArtefactWorkshop.name(of: artefact))/bin/run")
            #expect(text.hasSuffix("echo 1\n"))
            #expect(mode(path) == 0o700 && mode(path + "/bin") == 0o700)
            #expect(mode(path + "/bin/run") == 0o500 && mode(path + "/data") == 0o400)
        }
        #expect(mode(bench.folder.file("artefacts")) == 0o700)
        #expect(bench.names == [ArtefactWorkshop.name(of: artefact)], "nothing else is left")
    }

    @Test func `many wait for one fetch`() async throws {
        let bench = try ArtefactWorkshop()
        let artefact = try ArtefactWorkshop.artefact(bytes: 5_000)
        let using = Watched(0)
        let end = Watched(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await bench.cache.with(artefact.reference) { _ in
                        using.increment()
                        await end.opened()
                    }
                }
            }
            await bench.bring(artefact, upTo: 1_000)
            await using.until { $0 == 20 }
            end.open()
            try await group.waitForAll()
        }
        #expect(bench.fetches == 1 && bench.cache.nextRequest() == nil)
        try await bench.use(artefact)
        #expect(bench.fetches == 1, "it is kept")
    }

    @Test func `a fetch goes on over the next link, from what has come`() async throws {
        let bench = try ArtefactWorkshop()
        let artefact = try ArtefactWorkshop.artefact(bytes: 5_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bench.cache.with(artefact.reference) { _ in } }
            await bench.answer(artefact, upTo: 1_000)
            #expect(bench.cache.nextRequest()?.offset == 1_000)
            #expect(bench.cache.nextRequest() == nil, "one part is under way at a time")
            bench.cache.disconnected()
            // What comes late from the former link was asked for again.
            let again = bench.cache.nextRequest()
            #expect(again?.offset == 1_000)
            let part = ArtefactPart(
                artefact: artefact.reference, offset: 0, content: .bytes(Array(artefact.bytes.prefix(1_000))))
            bench.cache.received(part)
            bench.cache.disconnected()
            await bench.bring(artefact, upTo: 2_000)
            try await group.waitForAll()
        }
        #expect(bench.fetches == 1)
    }

    @Test func `a restart finds what is there, and what a dead process left is removed`() async throws {
        let artefact = try ArtefactWorkshop.artefact()
        let first = try ArtefactWorkshop()
        try await first.use(artefact)
        for name in [".new-abcdef", ".old-ghijkl"] {
            try first.folder.makeFolder("artefacts/\(name)/files")
            try first.folder.write("artefacts/\(name)/files/x", "x", mode: 0o400)
        }
        let second = try ArtefactWorkshop(in: first.folder)
        try await second.use(artefact)
        #expect(second.fetches == 0)
        #expect(second.names == [ArtefactWorkshop.name(of: artefact)])
    }

    @Test(arguments: ["changed", "more", "less", "link", "mode"])
    func `what was tampered with is fetched again`(how: String) async throws {
        let bench = try ArtefactWorkshop()
        let artefact = try ArtefactWorkshop.artefact()
        try await bench.use(artefact)
        let path = bench.folder.file("artefacts/\(ArtefactWorkshop.name(of: artefact))")
        let files = FileManager.default
        switch how {
        case "changed":
            try files.removeItem(atPath: path + "/bin/run")
            try Data("#!/bin/sh\necho 6\n".utf8).write(to: URL(fileURLWithPath: path + "/bin/run"))
            try files.setAttributes([.posixPermissions: 0o500], ofItemAtPath: path + "/bin/run")
        case "more": try Data().write(to: URL(fileURLWithPath: path + "/more"))
        case "less": try files.removeItem(atPath: path + "/data")
        case "link":
            try files.moveItem(atPath: path + "/data", toPath: bench.folder.file("elsewhere"))
            try files.createSymbolicLink(atPath: path + "/data", withDestinationPath: bench.folder.file("elsewhere"))
        default: try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path + "/data")
        }
        try await bench.use(artefact) { path in
            let text = try String(contentsOfFile: path + "/bin/run", encoding: .utf8)
            #expect(text.hasSuffix("echo 1\n"))
            #expect(UnpackedFiles(path: path).reference() == artefact.reference)
        }
        #expect(bench.fetches == 2)
        #expect(bench.log.told.contains { $0.message.contains("were changed after they had come") })
        #expect(bench.names == [ArtefactWorkshop.name(of: artefact)])
    }

    // MARK: What cannot be had

    @Test func `what the coordinator does not have fails those who wait, and nobody later`() async throws {
        let bench = try ArtefactWorkshop()
        let artefact = try ArtefactWorkshop.artefact()
        await withTaskGroup(of: Failure?.self) { group in
            for _ in 0..<3 {
                group.addTask { await failure { try await bench.cache.with(artefact.reference) { _ in } } }
            }
            guard let request = await bench.request() else { return }
            // The others may come before or after the answer; who comes after asks again.
            bench.cache.received(
                ArtefactPart(artefact: request.artefact, offset: 0, content: .problem("gone\u{1B}[31m")))
            group.addTask {
                while let request = await bench.request() {
                    bench.cache.received(ArtefactPart(artefact: request.artefact, offset: 0, content: .problem("gone")))
                }
                return Failure(type: "ArtefactUnavailable", message: "gone")
            }
            var count = 0
            for await failure in group {
                #expect(failure?.type == "ArtefactUnavailable" && failure?.message.contains("gone") == true)
                #expect(failure?.message.contains("\u{1B}") == false)
                count += 1
                if count == 3 { group.cancelAll() }
            }
        }
        #expect(bench.names == [])
        try await bench.use(artefact)
    }

    /// Archives that a hostile coordinator may send, each with the digest that it says.
    private static func hostile() throws -> [String: [UInt8]] {
        let plain = try ArtefactWorkshop.artefact().bytes
        func with(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
            var bytes = plain
            change(&bytes)
            bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
            let digits = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
            let field = String(repeating: "0", count: 6 - digits.count) + digits
            bytes.replaceSubrange(148..<156, with: field.utf8 + [0, 0x20])
            return bytes
        }
        func named(_ path: String) -> [UInt8] {
            with { $0.replaceSubrange(0..<100, with: path.utf8 + [UInt8](repeating: 0, count: 100 - path.utf8.count)) }
        }
        return [
            "..": named("../../escaped"), "absolute": named("/tmp/escaped"),
            "link": with { $0[156] = UInt8(ascii: "2") },
            "device": with { $0[156] = UInt8(ascii: "3") }, "short": Array(plain.prefix(700)),
            "nothing": [UInt8](repeating: 0, count: 1_024), "text": Array("hello".utf8),
        ]
    }

    @Test(arguments: ["..", "absolute", "link", "device", "short", "nothing", "text"])
    func `an archive that is none is refused, and nothing of it is left`(kind: String) async throws {
        let bench = try ArtefactWorkshop()
        let artefact = PackedArtefact(bytes: try #require(try Self.hostile()[kind]))
        let failure = await failure { try await bench.use(artefact) }
        #expect(failure?.type == "ArtefactUnavailable")
        #expect(bench.names == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["artefacts"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/escaped"))
    }

    @Test func `bytes that are not those of the digest, or too many, are refused`() async throws {
        let artefact = try ArtefactWorkshop.artefact()
        var wrong = artefact.bytes
        wrong[600] ^= 1
        for bytes in [wrong, artefact.bytes + [0]] {
            let bench = try ArtefactWorkshop()
            await withTaskGroup(of: Failure?.self) { group in
                group.addTask { await failure { try await bench.cache.with(artefact.reference) { _ in } } }
                guard let request = await bench.request() else { return }
                bench.cache.received(ArtefactPart(artefact: request.artefact, offset: 0, content: .bytes(bytes)))
                for await failure in group { #expect(failure?.type == "ArtefactUnavailable") }
            }
            #expect(bench.names == [])
        }
    }

    @Test(arguments: ["../../x", "", String(repeating: "A", count: 64), String(repeating: "a", count: 65)])
    func `a digest that is none becomes no path`(digest: String) async throws {
        let bench = try ArtefactWorkshop()
        let reference = ArtefactReference(digest: digest, size: 9)
        let failure = await failure { try await bench.cache.with(reference) { _ in } }
        #expect(failure?.type == "ArtefactUnavailable" && bench.cache.nextRequest() == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == [])
    }

    @Test func `a folder that others may write into is not used`() async throws {
        for name in ["artefacts", "."] {
            let bench = try ArtefactWorkshop()
            try bench.folder.makeFolder("artefacts")
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: bench.folder.file(name))
            let artefact = try ArtefactWorkshop.artefact()
            let failure = await failure { try await bench.cache.with(artefact.reference) { _ in } }
            #expect(failure?.message.contains("may write into") == true, "\(name)")
        }
    }
}
