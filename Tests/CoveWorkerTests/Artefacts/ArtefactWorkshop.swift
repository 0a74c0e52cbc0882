// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Testing

@testable import CoveWorker

/// A folder with an artefact cache, and a coordinator's side of what it asks for.
final class ArtefactWorkshop: Sendable {
    let folder: TestFolder
    let cache: ArtefactCache
    let log = LogRecorder()
    /// Counted up whenever the cache may have something to ask for.
    let wakes = Watched(0)

    /// - Parameter folder: where a former workshop had its cache.
    init(in folder: TestFolder? = nil, limit: Int = 1 << 30) throws {
        self.folder = try folder ?? TestFolder()
        cache = ArtefactCache(folder: self.folder.file("artefacts"), limit: limit, logger: log.logger)
        let wakes = wakes
        cache.attach { wakes.increment() }
    }

    /// An archive of a program and a file, which is like no other's.
    static func artefact(_ number: Int = 1, bytes: Int = 600) throws -> PackedArtefact {
        var writer = ArchiveWriter()
        let program = Array("#!/bin/sh\necho \(number)\n".utf8)
        try writer.add(ArchiveEntry(path: "bin/run", size: program.count, isExecutable: true), program)
        let content = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) }
        try writer.add(ArchiveEntry(path: "data", size: bytes), content)
        return PackedArtefact(bytes: writer.finish())
    }

    /// Waits until the cache asks for something.
    ///
    /// Nil when the caller is cancelled first.
    func request() async -> ArtefactRequest? {
        while !Task.isCancelled {
            let seen = wakes.value
            if let request = cache.nextRequest() { return request }
            await wakes.until { $0 > seen }
        }
        return nil
    }

    /// Answers the next request with the artefact's bytes, so many at most.
    @discardableResult
    func answer(_ artefact: PackedArtefact, upTo size: Int = ArtefactLimits.part) async -> ArtefactRequest? {
        guard let request = await request() else { return nil }
        #expect(request.artefact == artefact.reference)
        let bytes = Array(artefact.bytes[request.offset..<min(artefact.bytes.count, request.offset + size)])
        cache.received(ArtefactPart(artefact: request.artefact, offset: request.offset, content: .bytes(bytes)))
        return request
    }

    /// Answers until an artefact has come.
    func bring(_ artefact: PackedArtefact, upTo size: Int = ArtefactLimits.part) async {
        while let request = await answer(artefact, upTo: size), request.offset + size < artefact.bytes.count {
            wakes.increment()
        }
    }

    /// How often an artefact has come whole.
    var fetches: Int { log.lines.value.count { $0.message == "an artefact was fetched" } }

    /// Uses an artefact once; it is brought where it is not there.
    func use(
        _ artefact: PackedArtefact, _ body: @escaping @Sendable (String) throws -> Void = { _ in }
    ) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.cache.with(artefact.reference) { try body($0) }
                return true
            }
            group.addTask {
                await self.bring(artefact)
                return false
            }
            while let isUsed = try await group.next(), !isUsed {}
            group.cancelAll()
        }
    }

    /// The names of what is in the cache's folder.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.file("artefacts"))) ?? []).sorted()
    }

    static func name(of artefact: PackedArtefact) -> String {
        "\(artefact.reference.digest)-\(artefact.reference.size)"
    }
}
