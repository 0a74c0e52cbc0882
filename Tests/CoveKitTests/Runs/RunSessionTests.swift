// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import CoveTestSupport
import CoveWire
import Foundation
import Testing

@testable import CoveKit

/// A run as a command follows it: output, conclusion, exit code, over the service that performs it.
@Suite struct RunSessionTests {
    private static func session(
        _ bench: ServiceBench, _ service: any RunService, _ format: OutputFormat = .ndjson, errors: String = "stderr",
        tellsChanges: Bool = false
    ) throws -> RunSession {
        let file = try #require(FileDescriptor(writing: bench.place.file(errors)))
        return RunSession(
            run: bench.id, service: service, place: bench.folders,
            console: Console(isTerminal: false, isQuiet: false, output: file),
            output: OutputTarget(format: format, path: bench.place.file("out"), tableWidth: nil),
            interruption: .leaves, tellsChanges: tellsChanges)
    }

    @Test func `a run is followed to its end, and its results are written`() async throws {
        try await ServiceBench.with(accounts: 5) { bench in
            try await bench.submit()
            bench.gate.open()
            try await Self.session(bench, bench.service).perform()
            let lines = try bench.place.text("out").split(separator: "\n")
            #expect(lines.count == 5)
            #expect(lines.allSatisfy { $0.hasPrefix("{\"Outcome\":\"succeeded\"") })
            #expect(try bench.place.text("stderr") == "")
        }
    }

    @Test func `failures end the command with 1, and with how to try again`() async throws {
        try await ServiceBench.with(accounts: 3, failing: [2]) { bench in
            try await bench.submit()
            bench.gate.open()
            let failure = await #expect(throws: CommandFailure.self) {
                try await Self.session(bench, bench.service, .json).perform()
            }
            #expect(failure?.status == .failure)
            #expect(
                failure?.lines == [
                    "2 of 3 tasks succeeded, 1 failed",
                    "try again with: cove retry \(bench.id)",
                ])
            #expect(try bench.place.text("out").contains("\"Exceptions\": [\n{\"Id\":\"000000000002\""))
        }
    }

    @Test func `a run that somebody cancels ends the commands that follow it, with what it has`() async throws {
        try await ServiceBench.with(accounts: 5) { bench in
            try await bench.submit()
            async let followed: Void = Self.session(bench, bench.service, .json).perform()
            await bench.running(2)
            try await bench.service.cancel(bench.id)
            var failure: CommandFailure?
            do { try await followed } catch let error as CommandFailure { failure = error }
            #expect(failure?.status == .interrupted)
            #expect(
                failure?.lines == [
                    "cancelled: 0 of 5 tasks succeeded, 5 not run", "go on with: cove resume \(bench.id)",
                ])
            #expect(try bench.place.text("out").components(separatedBy: "\"Reason\":\"cancelled").count == 6)
        }
    }

    @Test func `Ctrl-C of a run of this process finishes what runs, and is told apart from a cancellation`()
        async throws
    {
        try await ServiceBench.with(accounts: 5) { bench in
            try await bench.submit()
            async let followed: Void = Self.session(bench, bench.service).perform()
            await bench.running(2)
            await bench.controls.stopLeasing()
            bench.gate.open()
            var failure: CommandFailure?
            do { try await followed } catch let error as CommandFailure { failure = error }
            #expect(failure?.status == .interrupted)
            #expect(failure?.lines.first == "interrupted: 2 of 5 tasks succeeded, 3 not run")
        }
    }

    @Test func `without a terminal a watch has a line for each change`() async throws {
        try await ServiceBench.with(accounts: 2) { bench in
            try await bench.submit()
            async let watched: Void = Self.session(bench, bench.service, .none, tellsChanges: true).perform()
            await bench.running(2)
            bench.gate.open()
            try await watched
            let lines = try bench.place.text("stderr").split(separator: "\n")
            #expect(lines.first?.hasPrefix("cove: 0/") == true)
            #expect(lines.allSatisfy { $0.contains(" done · ") })
        }
    }
}
