// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// What every task store does with the files that travel with runs.
@Suite struct TaskStoreArtefactTests {
    private func code(of body: () async throws -> Void) async -> StoreError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? StoreError)?.code
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `an artefact comes part after part, and goes on after the store was opened anew`(kind: StoreKind) async throws
    {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let artefact = try PackedArtefact.sample(bytes: 2_000)
        let reference = artefact.reference
        #expect(try await store.artefact(reference, now: .start) == StoredArtefact(stored: 0))
        var stored = 0
        for part in artefact.parts(of: 700) {
            let found = try await store.add(part.bytes, at: part.offset, to: reference, now: .start)
            stored += part.bytes.count
            #expect(found == StoredArtefact(stored: stored))
            // A repeat, one that leaves something out, one that is too long, none at all.
            for (bytes, offset) in [(part.bytes, part.offset), (part.bytes, stored + 1), ([], stored)] {
                #expect(try await store.add(bytes, at: offset, to: reference, now: .start).stored == stored)
            }
            let long = [UInt8](repeating: 0, count: reference.size - stored + 1)
            #expect(try await store.add(long, at: stored, to: reference, now: .start).stored == stored)
            try await store.close()
            store = try await kind.open(place)
            #expect(try await store.artefact(reference, now: .start) == StoredArtefact(stored: stored))
        }
        #expect(try await store.bytes(of: reference) == artefact.bytes)
        try await store.completeArtefact(reference)
        let whole = StoredArtefact(stored: reference.size, isWhole: true)
        #expect(try await store.artefact(reference, now: .start) == whole)
        #expect(try await store.add([1], at: 0, to: reference, now: .start) == whole)
        try await store.discardArtefact(reference)
        #expect(try await store.artefact(reference, now: .start) == whole, "what is whole is not discarded")
        #expect(try await store.bytes(of: reference, isInUse: true) == [], "no run uses it")
        try await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `a run has what it needs, or is not made`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        let store = try await kind.open(place)
        let artefact = try PackedArtefact.sample()
        let reference = artefact.reference
        let specification = RunSpecification.sample(reference)
        func make() async throws {
            try await store.createRun(.sample(1), specification: specification, createdAt: .start)
        }
        #expect(await code { try await make() } == .incomplete)
        _ = try await store.artefact(reference, now: .start)
        #expect(await code { try await make() } == .incomplete)
        for part in artefact.parts() {
            _ = try await store.add(part.bytes, at: part.offset, to: reference, now: .start)
        }
        #expect(await code { try await make() } == .incomplete, "it is not verified")
        #expect(try await store.runs().isEmpty)
        // The same digest with another size is another artefact.
        let other = ArtefactReference(digest: reference.digest, size: reference.size + 1)
        try await store.completeArtefact(reference)
        #expect(
            await code { try await store.createRun(.sample(1), specification: .sample(other), createdAt: .start) }
                == .incomplete)
        try await make()
        try await make()
        #expect(try await store.run(.sample(1))?.specification == specification)
        #expect(try await store.bytes(of: reference, isInUse: true) == artefact.bytes)
        try await store.close()
    }

    @Test(arguments: StoreKind.allCases)
    func `an artefact goes with the last run that uses it`(kind: StoreKind) async throws {
        let place = try TemporaryFolder()
        var store = try await kind.open(place)
        let (shared, own) = (try PackedArtefact.sample(1), try PackedArtefact.sample(2))
        for artefact in [shared, own] { try await store.take(artefact) }
        for (number, artefact) in [(1, shared), (2, shared), (3, own)] {
            try await store.createRun(
                .sample(number), specification: .sample(artefact.reference), createdAt: .start)
        }
        try await store.forget(.sample(1))
        try await store.forget(.sample(3))
        #expect(try await store.bytes(of: shared.reference, isInUse: true) == shared.bytes)
        #expect(try await store.bytes(of: own.reference) == [])
        try await store.close()
        store = try await kind.open(place)
        #expect(try await store.bytes(of: shared.reference, isInUse: true) == shared.bytes)
        try await store.forget(.sample(2))
        #expect(try await store.bytes(of: shared.reference) == [])
        #expect(try await store.artefact(shared.reference, now: .start) == StoredArtefact(stored: 0))
        try await store.close()
        let tables = try StoredTables(of: place)
        #expect(try tables.rows("SELECT count(*) FROM artefact_part") == [[0]])
        #expect(try tables.rows("SELECT count(*) FROM run_artefact") == [[0]])
        #expect(try tables.rows("PRAGMA foreign_key_check") == [])
    }

    @Test func `what somebody was told is there outlives the run that used it last`() async throws {
        let place = try TemporaryFolder()
        var store = try await StoreKind.sqlite.open(place)
        let artefact = try PackedArtefact.sample()
        let whole = StoredArtefact(stored: artefact.reference.size, isWhole: true)
        try await store.take(artefact)
        try await store.createRun(.sample(1), specification: .sample(artefact.reference), createdAt: .start)
        #expect(try await store.artefact(artefact.reference, now: .after(7_000)) == whole)
        try await store.forget(.sample(1), now: .after(7_001))
        try await store.createRun(.sample(2), specification: .sample(artefact.reference), createdAt: .after(7_002))
        try await store.forget(.sample(2), now: .after(7_003))
        #expect(try await store.bytes(of: artefact.reference) == artefact.bytes)
        // It goes when any run is forgotten after the hour, or the store is opened.
        try await store.createRun(.sample(3), specification: .sample(nil), createdAt: .after(7_004))
        try await store.forget(.sample(3), now: .after(10_601))
        #expect(try await store.bytes(of: artefact.reference) == [])
        try await store.take(artefact, now: .after(10_601))
        try await store.close()
        store = try await StoreKind.sqlite.open(place, now: .after(14_202))
        for _ in 1...3 { _ = try await store.runs() }
        #expect(try await store.bytes(of: artefact.reference) == [])
        try await store.close()
    }

    @Test func `what no run came to use is removed after an hour, at opening and when another one begins`() async throws
    {
        let place = try TemporaryFolder()
        var store = try await StoreKind.sqlite.open(place)
        let old = try PackedArtefact.sample(1)
        let used = try PackedArtefact.sample(2)
        try await store.take(old)
        try await store.take(used)
        try await store.createRun(.sample(1), specification: .sample(used.reference), createdAt: .start)
        _ = try await store.artefact(try PackedArtefact.sample(3).reference, now: .after(3_600))
        #expect(try await store.bytes(of: old.reference) == old.bytes, "an hour is not over")
        // Whoever asks for it has an hour anew.
        _ = try await store.artefact(old.reference, now: .after(3_600))
        _ = try await store.artefact(try PackedArtefact.sample(4).reference, now: .after(7_100))
        #expect(try await store.bytes(of: old.reference) == old.bytes)
        _ = try await store.artefact(try PackedArtefact.sample(5).reference, now: .after(7_201))
        #expect(try await store.bytes(of: old.reference) == [])
        #expect(try await store.bytes(of: used.reference, isInUse: true) == used.bytes)
        try await store.take(old, now: .after(7_201))
        try await store.close()
        store = try await StoreKind.sqlite.open(place, now: .after(10_802))
        // One is removed before each call that comes in.
        for _ in 1...5 { _ = try await store.runs() }
        #expect(try await store.bytes(of: old.reference) == [])
        #expect(try await store.bytes(of: used.reference, isInUse: true) == used.bytes)
        try await store.close()
        #expect(try StoredTables(of: place).rows("SELECT count(*) FROM artefact") == [[1]])
    }

    @Test func `artefacts have a GiB together`() async throws {
        let store = try await StoreKind.sqlite.open(try TemporaryFolder())
        func reference(_ number: Int, _ size: Int = 64 << 20) -> ArtefactReference {
            let digits = String(number, radix: 16)
            return ArtefactReference(digest: String(repeating: "0", count: 64 - digits.count) + digits, size: size)
        }
        func begin(_ reference: ArtefactReference, now: Timestamp = .start) async throws {
            #expect(try await store.add([1], at: 0, to: reference, now: now).stored == 1)
        }
        // Questions take no room.
        for number in 1...32 { _ = try await store.artefact(reference(number), now: .start) }
        for number in 1...15 { try await begin(reference(number)) }
        try await begin(reference(16, (64 << 20) - 5))
        #expect(await code { try await begin(reference(17, 6)) } == .conflict)
        do { try await begin(reference(17, 6)) } catch let error as StoreError {
            let unfinished = (1 << 30) - 5
            #expect(error.message.contains("\(unfinished) of them for uploads that are not finished"))
            #expect(error.message.contains("rests for five minutes"))
        }
        try await begin(reference(17, 5))
        #expect(await code { try await begin(reference(18, 1)) } == .conflict)
        // What is there is still there, and has room.
        #expect(try await store.artefact(reference(3), now: .start).stored == 1)
        #expect(try await store.add([2], at: 1, to: reference(3), now: .start).stored == 2)
        // Who brings more of it has five minutes anew; the others are given up.
        #expect(try await store.add([3], at: 2, to: reference(3), now: .after(299)).stored == 3)
        try await begin(reference(18), now: .after(301))
        #expect(try await store.artefact(reference(3), now: .after(301)).stored == 3)
        #expect(try await store.artefact(reference(4), now: .after(301)).stored == 0)
        try await store.close()
    }
}
