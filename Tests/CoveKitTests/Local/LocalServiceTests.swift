// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Logging
import Testing

@testable import CoveKit

/// A local run as any process of its user asks for it: over the socket of who performs it, or of its store.
@Suite struct LocalServiceTests {
    /// Serves the bench's service at the run's socket until the task is cancelled.
    private static func serve(_ bench: ServiceBench) async throws {
        try await ControlSocket(folder: bench.folders.store(of: bench.id), logger: bench.logger).serve(bench.service)
    }

    private static func ask<Value: Sendable>(
        _ bench: ServiceBench, _ body: (LocalService) async throws -> Value
    ) async throws -> Value {
        try await LocalService.with(bench.id, in: bench.folders, logger: bench.logger, body)
    }

    @Test func `a run that a process performs is asked of that process`() async throws {
        try await ServiceBench.with(accounts: 4) { bench in
            try await bench.submit()
            await bench.running(2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.serve(bench) }
                defer { group.cancelAll() }
                try await Self.ask(bench) { service in
                    let snapshot = try #require(try await service.snapshot(of: bench.id, after: nil))
                    #expect(snapshot.status.leasesOut == 2)
                    #expect(snapshot.record.counts.total == 4)
                    #expect(try await service.workers().map(\.name) == ["w"])
                    let page = try await service.tasks(of: bench.id, in: [.leased], after: .start, limit: 10)
                    #expect(page.tasks.count == 2)
                    try await service.cancel(bench.id)
                    let ended = try await RunFollower(bench.id, of: service).follow()
                    #expect(ended.status.stopReason == .cancelled)
                }
                #expect(try await bench.folders.summaries().map(\.state) == ["cancelled"])
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `when that process has ended the store is asked, and nothing asked is lost`() async throws {
        // Held to the end: its folder goes with it.
        let owner = Watched<ServiceBench?>(nil)
        let isFollowed = Watched(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await ServiceBench.with(accounts: 3) { bench in
                    try await bench.submit()
                    await bench.running(2)
                    await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await Self.serve(bench) }
                        defer { group.cancelAll() }
                        owner.update { $0 = bench }
                        await isFollowed.opened()
                        await bench.controls.cancelAttempts()
                        for await _ in bench.service.coordinator.changes(of: bench.id)
                        where bench.service.coordinator.status(of: bench.id)?.isOver != false { break }
                    }
                }
            }
            await owner.until { $0 != nil }
            let bench = try #require(owner.value)
            try await LocalService.with(bench.id, in: bench.folders, logger: .silent) { service in
                let first = try #require(try await service.snapshot(of: bench.id, after: nil))
                #expect(first.status.leasesOut == 2)
                isFollowed.open()
                // The answer to this comes when the process has ended.
                let ended = try await RunFollower(bench.id, of: service).follow()
                #expect(ended.status.stopReason == .interrupted)
                let waiting = try await service.tasks(of: bench.id, in: [.ready], after: .start, limit: 10)
                #expect(waiting.tasks.count == 3)
            }
            try await group.waitForAll()
        }
    }

    @Test func `who has the store open and does not answer is told after a while`() async throws {
        let run = try await StoredRun.mixed()
        let clock = ManualClock()
        async let asked: Void = LocalService.with(
            run.id, in: run.folders, patience: .milliseconds(100), clock: clock.clock, logger: .silent
        ) { service in
            let error = await #expect(throws: StoreError.self) { _ = try await service.run(run.id) }
            #expect(error?.code == .inUse)
            #expect(error?.message.contains("it does not answer at \(run.folders.store(of: run.id))/control") == true)
        }
        await clock.advance(by: .milliseconds(50), times: 1)
        clock.advance(by: .milliseconds(50))
        try await asked
    }

    @Test func `a run that nobody performs is asked of its store, and can be cancelled`() async throws {
        let run = try await StoredRun.mixed()
        try await run.store.close()
        try await LocalService.with(run.id, in: run.folders, logger: .silent) { service in
            let before = try #require(try await service.snapshot(of: run.id, after: nil))
            #expect(before.status == RunStatus(isCompleted: false, stopReason: .interrupted, leasesOut: 0))
            try await service.cancel(run.id)
            #expect(try await service.run(run.id)?.stopReason == .cancelled)
            await #expect(throws: RequestFailure.self) { try await service.resume(run.id) }
            await #expect(throws: RequestFailure.self) { _ = try await service.retry(run.id) }
            await #expect(throws: RequestFailure.self) { try await service.forget(run.id) }
        }
        // Nobody has it open any more.
        _ = try await run.folders.open(run.id).store.close()
    }

    @Test func `a run that was stopped for another reason keeps that when it is cancelled`() async throws {
        let run = try await StoredRun.mixed()
        try await run.store.stop(run.id, because: .planningFailed(["no"]))
        try await IdleRun(store: run.store).cancel(run.id)
        #expect(try await run.store.run(run.id)?.stopReason == .planningFailed(["no"]))
        try await run.store.resume(run.id)
        try await run.store.stop(run.id, because: .interrupted)
        try await IdleRun(store: run.store).cancel(run.id)
        #expect(try await run.store.run(run.id)?.stopReason == .cancelled)
    }

    @Test func `the socket is its user's alone, and goes with the run`() async throws {
        try await ServiceBench.with(accounts: 1) { bench in
            let path = bench.folders.store(of: bench.id) + "/control"
            try await bench.submit()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Self.serve(bench) }
                try await Self.ask(bench) { _ = try await $0.run(bench.id) }
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.type] as? FileAttributeType == .typeSocket)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a run whose socket cannot be made goes on without`() async throws {
        try await ServiceBench.with(accounts: 1) { bench in
            let recorder = LogRecorder()
            // The place is taken by what is no socket.
            try FileManager.default.createDirectory(
                atPath: bench.folders.store(of: bench.id) + "/control", withIntermediateDirectories: false)
            try await ControlSocket(folder: bench.folders.store(of: bench.id), logger: recorder.logger)
                .serve(bench.service)
            #expect(recorder.lines.map(\.message) == ["no control socket"])
            #expect(recorder.lines.map(\.level) == [.debug])
        }
    }
}
