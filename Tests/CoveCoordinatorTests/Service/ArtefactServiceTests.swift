// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import CoveWire
import Testing

@testable import CoveCoordinator

/// Files that clients bring, and workers fetch.
@Suite(.timeLimit(.minutes(5)))
struct ArtefactServiceTests {
    private let run = RunID.sample(1)

    @Test func `an artefact is brought once, and a run of it is made`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            let artefact = try PackedArtefact.sample(bytes: 600_000)
            let specification = RunSpecification.sample(artefact.reference)
            let failure = await bench.failure { try await bench.service.submit(run, specification) }
            #expect(failure?.code == .invalidRequest)
            #expect(failure?.problems.first?.contains("uploaded before the run is submitted") == true)
            #expect(try await bench.service.stored(of: artefact.reference) == 0)
            try await bench.service.upload(artefact)
            #expect(try await bench.service.stored(of: artefact.reference) == artefact.bytes.count)
            try await bench.service.upload(artefact)
            try await bench.service.submit(run, specification)
            #expect(try await bench.store.run(run)?.specification == specification)
        }
    }

    @Test func `what is interrupted goes on where it was, also at another coordinator of the store`() async throws {
        let artefact = try PackedArtefact.sample(bytes: 900_000)
        let parts = artefact.parts()
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            #expect(try await bench.service.stored(of: artefact.reference) == 0)
            for part in parts.prefix(2) {
                _ = try await bench.service.add(part.bytes, at: part.offset, to: artefact.reference)
            }
        }
        try await bench.store.close()
        let next = try await ServiceBench(in: bench.folder)
        try await next.whileRunning {
            #expect(try await next.service.stored(of: artefact.reference) == 2 * ArtefactLimits.part)
            try await next.service.upload(artefact)
            try await next.service.submit(run, .sample(artefact.reference))
        }
    }

    @Test func `a coordinator that ended before it had verified does so when it is asked`() async throws {
        let artefact = try PackedArtefact.sample()
        let bench = try await ServiceBench()
        _ = try await bench.store.artefact(artefact.reference, now: .start)
        _ = try await bench.store.add(artefact.bytes, at: 0, to: artefact.reference, now: .start)
        try await bench.whileRunning {
            #expect(try await bench.service.stored(of: artefact.reference) == artefact.bytes.count)
            try await bench.service.submit(run, .sample(artefact.reference))
        }
    }

    @Test func `what is not what it says, or no archive, is refused and gone`() async throws {
        let bench = try await ServiceBench()
        try await bench.whileRunning {
            let artefact = try PackedArtefact.sample()
            var bytes = artefact.bytes
            bytes[600] ^= 1
            let reference = artefact.reference
            _ = try await bench.service.stored(of: reference)
            let wrong = await bench.failure { _ = try await bench.service.add(bytes, at: 0, to: reference) }
            #expect(wrong?.code == .invalidRequest && wrong?.problems.first?.contains("digest") == true)
            #expect(try await bench.store.bytes(of: reference) == [])
            for bytes in [
                Array("no archive".utf8), [UInt8](repeating: 0, count: 1_024), Array(artefact.bytes.dropLast()),
            ] {
                let other = PackedArtefact(bytes: bytes)
                let refused = await bench.failure { try await bench.service.upload(other) }
                #expect(refused?.code == .invalidRequest && refused?.problems.first?.contains("is refused") == true)
                #expect(try await bench.store.bytes(of: other.reference) == [])
            }
            try await bench.service.upload(artefact)
        }
    }

    @Test(arguments: [("xyz", 5), (String(repeating: "A", count: 64), 5), (String(repeating: "a", count: 64), 0)])
    func `what is no reference is told so`(_ digest: String, _ size: Int) async throws {
        let bench = try await ServiceBench()
        let reference = ArtefactReference(digest: digest, size: size)
        try await bench.whileRunning {
            let failure = await bench.failure { _ = try await bench.service.stored(of: reference) }
            #expect(failure?.code == .invalidRequest)
            #expect(
                await bench.failure { _ = try await bench.service.add([1], at: 0, to: reference) }?.code
                    == .invalidRequest)
            #expect(
                await bench.failure { try await bench.service.submit(run, .sample(reference)) }?.code
                    == .invalidRequest)
        }
    }

    @Test func `a full disk is told, and nothing half is left`() async throws {
        let artefact = try PackedArtefact.sample(bytes: 600_000)
        let bench = try await ServiceBench(interposing: { base in
            let calls = Watched(0)
            return InterposedStore(
                base,
                before: { call in
                    guard call == .addPart else { return }
                    let count = calls.update { count in
                        count += 1
                        return count
                    }
                    if count == 2 { throw StoreError(.full, "the disk is full") }
                })
        })
        try await bench.whileRunning {
            let failure = await bench.failure { try await bench.service.upload(artefact) }
            #expect(failure == RequestFailure(.unavailable, ["the disk is full"]))
            #expect(try await bench.store.bytes(of: artefact.reference) == [])
            try await bench.service.upload(artefact)
            #expect(try await bench.store.bytes(of: artefact.reference) == artefact.bytes)
        }
    }

    @Test func `a store that has no room for all of an artefact has none of it`() async throws {
        let artefact = try PackedArtefact.sample(bytes: 900_000)
        let bench = try await ServiceBench()
        let store = try #require(bench.store as? SQLiteTaskStore)
        func mayHave(pages: Int) async throws {
            try await store.perform { connection in
                try StoreDatabase.execute("PRAGMA max_page_count = \(pages)", on: connection.connection)
            }
        }
        try await bench.whileRunning {
            try await mayHave(pages: 200)
            let failure = await bench.failure { try await bench.service.upload(artefact) }
            #expect(failure?.code == .unavailable && failure?.problems.first?.contains("is full") == true)
            #expect(try await store.bytes(of: artefact.reference) == [])
            try await mayHave(pages: 1 << 20)
            try await bench.service.upload(artefact)
            #expect(try await store.bytes(of: artefact.reference) == artefact.bytes)
        }
    }

    // MARK: Workers

    private func make(_ bench: ServiceBench, _ artefact: PackedArtefact) async throws {
        try await bench.service.upload(artefact)
        try await bench.service.submit(run, .sample(artefact.reference))
    }

    private func hello(_ name: String, takesArtefacts: Bool) -> WorkerMessage {
        .hello(Hello(worker: name, session: name, slots: 4, kinds: [.exec], takesArtefacts: takesArtefacts))
    }

    @Test func `a worker fetches what a run needs, and nothing else`() async throws {
        let bench = try await ServiceBench()
        let artefact = try PackedArtefact.sample(bytes: 600_000)
        let unused = try PackedArtefact.sample(2)
        try await bench.whileRunning {
            try await bench.service.upload(unused)
            try await make(bench, artefact)
            try await bench.withWorker { worker in
                await worker.link.send(hello("w1", takesArtefacts: true))
                _ = try await worker.welcome()
                var bytes: [UInt8] = []
                while bytes.count < artefact.bytes.count {
                    let request = ArtefactRequest(artefact: artefact.reference, offset: bytes.count)
                    await worker.link.send(.fetch(request))
                    let answer = await worker.link.receive()
                    guard case .part(let part) = answer, case .bytes(let next) = part.content else {
                        throw HandDrivenWorker.Unexpected(message: answer)
                    }
                    #expect(part.artefact == request.artefact && part.offset == request.offset)
                    #expect(next.count <= ArtefactLimits.part)
                    bytes += next
                }
                #expect(bytes == artefact.bytes)
                let hopeless = [
                    ArtefactRequest(artefact: artefact.reference, offset: bytes.count),
                    ArtefactRequest(artefact: unused.reference, offset: 0),
                    ArtefactRequest(artefact: ArtefactReference(digest: "../../etc", size: 9), offset: 0),
                ]
                for request in hopeless {
                    await worker.link.send(.fetch(request))
                    let answer = await worker.link.receive()
                    guard case .part(let part) = answer, case .problem = part.content else {
                        throw HandDrivenWorker.Unexpected(message: answer)
                    }
                }
            }
        }
    }

    @Test func `one part is under way at a time, and heartbeats do not wait for it`() async throws {
        let isReading = Watched(false)
        let mayRead = Watched(false)
        let artefact = try PackedArtefact.sample()
        let bench = try await ServiceBench(interposing: { base in
            InterposedStore(
                base,
                before: { call in
                    // The worker's first fetch; verifying reads too.
                    guard call == .part, isReading.value else { return }
                    await mayRead.opened()
                })
        })
        try await bench.whileRunning {
            try await make(bench, artefact)
            isReading.open()
            try await bench.withWorker { worker in
                await worker.link.send(hello("w1", takesArtefacts: true))
                _ = try await worker.welcome()
                let request = ArtefactRequest(artefact: artefact.reference, offset: 0)
                await worker.link.send(.fetch(request))
                try await worker.heartbeat(1)
                await worker.link.send(.fetch(request))
                #expect(try await worker.refusal().code == RefusalCode.outOfTurn.rawValue)
                mayRead.open()
            }
        }
    }

    @Test func `a worker that does not know settings is given no program that needs them`() async throws {
        let bench = try await ServiceBench()
        var specification = RunSpecification.sample(nil)
        specification.function = .exec(
            ProgramSpecification(program: "run", settings: ProgramSettings(memoryLimit: 1 << 30)))
        var plain = specification
        plain.function = .exec(
            ProgramSpecification(program: "run", arguments: ["a"], settings: ProgramSettings(fillsTemplates: true)))
        try await bench.whileRunning {
            try await bench.service.submit(run, specification)
            try await bench.withWelcomedWorker("old") { old in
                await old.ask(4)
                let snapshot = try await bench.until(run) { $0.status.lacking != nil && $0.record.state == .planned }
                #expect(snapshot.status.lacking?.contains("--memory-limit") == true)
                // What asks for nothing goes to it.
                try await bench.service.submit(.sample(2), plain)
                #expect(Set(try await old.leases(2).map(\.run)) == [.sample(2)])
                try await bench.withWorker { new in
                    await new.link.send(
                        .hello(Hello(worker: "new", session: "new", slots: 4, kinds: [.exec], takesSettings: true)))
                    _ = try await new.welcome()
                    await new.ask(4)
                    #expect(Set(try await new.leases(2).map(\.run)) == [run])
                }
            }
        }
    }

    @Test func `a worker that takes no artefacts is given nothing that needs one`() async throws {
        let bench = try await ServiceBench()
        let artefact = try PackedArtefact.sample()
        try await bench.whileRunning {
            try await make(bench, artefact)
            try await bench.withWelcomedWorker("old") { old in
                await old.ask(4)
                let snapshot = try await bench.until(run) { $0.status.lacking != nil && $0.record.state == .planned }
                #expect(snapshot.status.lacking?.contains("upgrade") == true)
                // What needs none goes to it.
                try await bench.service.submit(.sample(2), .sample(nil))
                #expect(Set(try await old.leases(2).map(\.run)) == [.sample(2)])
                try await bench.withWorker { new in
                    await new.link.send(hello("new", takesArtefacts: true))
                    _ = try await new.welcome()
                    await new.ask(4)
                    #expect(Set(try await new.leases(2).map(\.run)) == [run])
                }
            }
        }
    }
}
