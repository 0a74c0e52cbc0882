// SPDX-License-Identifier: Apache-2.0

import CoveCoordinator
import CoveCore
import Testing

@testable import CoveKit

/// Whole command lines that need no AWS: how they end and what they write.
@Suite struct CoveCommandLineTests {
    private static func status(
        _ arguments: [String], _ variables: [String: String] = [:]
    ) async -> CoveKit.ExitStatus {
        await CoveCommandLine.run(arguments, in: .sample(variables))
    }

    @Test(arguments: [
        ["--version"], ["--help"], ["exec", "--help"], ["help", "plan"], ["certs", "--help"],
        ["call", "--help"], ["models", "--help"],
    ])
    func `asking for help succeeds`(arguments: [String]) async {
        #expect(await Self.status(arguments) == .success)
    }

    @Test(arguments: [
        ["unknown"], ["--unknown"], ["exec", "--unknown", "--", "true"], ["exec", "--slots"], ["show"],
        ["show", "a", "b"],
        ["exec", "true"], ["plan", "--canary", "1"], ["call"], ["call", "iam"], ["call", "iam", "list-users", "x"],
        ["models", "remove"],
    ])
    func `an option or a command that does not exist is refused`(arguments: [String]) async {
        #expect(await Self.status(arguments, ["HOME": "/nowhere"]) == .invalidRequest)
    }

    @Test(arguments: [
        ["exec"], ["exec", "--"], ["exec", "--", "no-such-program-anywhere"],
        ["exec", "--targets", "cat", "--", "true"],
        ["exec", "--slots", "70000", "--", "true"], ["plan", "--regions", ""], ["plan", "--output", "xml"],
        ["results", "20261120-235959-aaaa1"], ["show", "20261120-235959-aaaa1"], ["resume", "x"], ["retry", "x"],
        ["runs", "--output-file", "/nowhere/at/all"], ["call", "iam", "list-users", "--query", "["],
        ["call", "iam", "list-users", "--input", "{"], ["call", "iam", "list-users", "--max-items", "0"],
        ["models", "list", "--output", "xml"], ["python", "missing.py"], ["python", "--targets", "x", "missing.py"],
        ["python", "--unknown", "a.py"], ["python"], ["python", "a.py:f", "b.py:g"],
    ])
    func `a wrong request is told before anything is done`(arguments: [String]) async throws {
        let place = try TemporaryFolder()
        #expect(await Self.status(arguments, ["HOME": place.path, "PATH": "/bin:/usr/bin"]) == .invalidRequest)
        #expect(try place.names() == [])
    }

    @Test func `a run is listed, shown and its results are written`() async throws {
        let run = try await StoredRun.mixed()
        try await run.store.close()
        // Who opens a store finds no lease in it any more.
        let reopened = try await run.folders.open(run.id)
        try await OutputTarget(format: .json, path: run.place.file("expected"), tableWidth: nil)
            .write(run.id, of: reopened.store, keptFor: "x")
        try await reopened.store.close()
        let common = ["--store", run.place.path, "--output", "json", "--output-file", run.place.file("text")]

        #expect(await Self.status(["results", "2026"] + common) == .success)
        #expect(try run.place.text("text") == run.place.text("expected"))
        #expect(await Self.status(["show", "2026"] + common) == .success)
        #expect(try run.place.text("text").hasPrefix(#"{"Run":"20261120-235959-aaaa1","State":"interrupted""#))
        #expect(await Self.status(["runs"] + common) == .success)
        #expect(try run.place.text("text").hasPrefix(#"[{"Run":"20261120-235959-aaaa1","State":"interrupted""#))
    }

    @Test func `a store that another process has open, or that is none, is not available`() async throws {
        let run = try await StoredRun(accounts: 1)
        #expect(await Self.status(["show", "2026", "--store", run.place.path]) == .unavailable)
        try await run.store.close()
    }

    @Test func `a run that is complete is not run again, and says what did not succeed`() async throws {
        for (outcome, status) in [
            (Outcome.succeeded(nil), CoveKit.ExitStatus.success), (.failed(Failure(type: "T", message: "m")), .failure),
        ] {
            let run = try await StoredRun(accounts: 1)
            try await run.settle(try await run.lease(1)[0], outcome)
            try await run.store.close()
            let arguments = ["resume", "2026", "--store", run.place.path, "--output-file", run.place.file("out")]
            #expect(await Self.status(arguments, ["HOME": run.place.path]) == status)
            #expect(try run.place.text("out").hasPrefix("{\n\"Results\": ["))
        }
    }

    @Test func `a Swift function's run cannot be resumed by the program`() async throws {
        let run = try await StoredRun(accounts: 1, function: .native("audit"))
        try await run.store.close()
        #expect(await Self.status(["resume", "2026", "--store", run.place.path]) == .invalidRequest)
        #expect(await Self.status(["retry", "2026", "--store", run.place.path]) == .invalidRequest)
    }
}
