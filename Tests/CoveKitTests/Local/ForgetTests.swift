// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveWire
import Foundation
import Testing

@testable import CoveKit

/// Removing local runs.
@Suite struct ForgetTests {
    private static func complete() async throws -> StoredRun {
        let run = try await StoredRun(accounts: 1)
        try await run.settle(try await run.lease(1)[0], .succeeded(nil))
        return run
    }

    @Test func `a run that is over is removed, and leaves nothing behind`() async throws {
        let run = try await Self.complete()
        try await run.store.close()
        #expect(try await run.folders.forget(run.id.rawValue, isForced: false) == run.id)
        #expect(try run.place.names() == [])
    }

    @Test func `a run that somebody has open is kept`() async throws {
        let run = try await Self.complete()
        for isForced in [false, true] {
            let failure = await #expect(throws: RequestFailure.self) {
                _ = try await run.folders.forget(run.id.rawValue, isForced: isForced)
            }
            #expect(failure?.code == .conflict)
            #expect(failure?.problems.last == "stop it with: cove cancel \(run.id)")
        }
        #expect(try run.place.names() == [run.id.rawValue])
    }

    @Test func `a run that can be gone on with is removed by force alone`() async throws {
        let run = try await StoredRun.mixed()
        try await run.store.close()
        let failure = await #expect(throws: RequestFailure.self) {
            _ = try await run.folders.forget(run.id.rawValue, isForced: false)
        }
        #expect(failure?.code == .conflict)
        #expect(failure?.problems.first?.contains("cove resume \(run.id); with --force") == true)
        #expect(try await run.folders.open(run.id).record.id == run.id)
        _ = try await run.folders.forget(run.id.rawValue, isForced: true)
        #expect(try run.place.names() == [])
    }

    @Test func `a cancelled run is over`() async throws {
        let run = try await StoredRun.mixed()
        try await run.store.stop(run.id, because: .cancelled)
        try await run.store.close()
        _ = try await run.folders.forget(run.id.rawValue, isForced: false)
        #expect(try run.place.names() == [])
    }

    @Test func `what a process left that died before it had made the run is removed, what is damaged by force`()
        async throws
    {
        let place = try TemporaryFolder()
        let folders = try #require(RunFolders(option: place.path, environment: .sample()))
        let (empty, damaged) = (try RunID.sample(1), try RunID.sample(2))
        for run in [empty, damaged] {
            try FileManager.default.createDirectory(atPath: folders.store(of: run), withIntermediateDirectories: false)
        }
        _ = try await folders.forget(empty.rawValue, isForced: false)
        let store = try await SQLiteTaskStore.open(
            folder: folders.store(of: damaged), mode: .create, writtenBy: "0.1.0", now: .start)
        try await store.close()
        let database = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folders.store(of: damaged)).first {
                $0.hasSuffix(".sqlite") || $0.hasSuffix(".db")
            })
        _ = try place.write("\(damaged)/\(database)", "rubbish".utf8)
        await #expect(throws: StoreError.self) { _ = try await folders.forget(damaged.rawValue, isForced: false) }
        _ = try await folders.forget(damaged.rawValue, isForced: true)
        #expect(try place.names() == [])
    }
}
