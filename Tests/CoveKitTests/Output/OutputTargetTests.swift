// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Testing

@testable import CoveKit

/// Where results go, and what is told when they cannot.
@Suite struct OutputTargetTests {
    private static func target(_ format: OutputFormat, _ path: String) -> OutputTarget {
        OutputTarget(format: format, path: path, tableWidth: nil)
    }

    @Test(arguments: [OutputFormat.json, .table])
    func `a file takes its name when it is whole`(format: OutputFormat) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("out", "before".utf8)
        let (sink, commit) = try Self.target(format, path).open()
        sink.line("half")
        sink.flush()
        #expect(try folder.text("out") == "before")
        #expect(try folder.text("out.partial") == "half\n")
        sink.line("whole")
        try commit()
        #expect(try folder.text("out") == "half\nwhole\n")
        #expect(try folder.names() == ["out"])
    }

    @Test func `a stream is written in place`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("out", "before".utf8)
        let (sink, commit) = try Self.target(.ndjson, path).open()
        sink.line("first")
        sink.flush()
        #expect(try folder.text("out") == "first\n")
        #expect(try folder.names() == ["out"])
        try commit()
        #expect(try folder.text("out") == "first\n")
    }

    @Test func `no output makes no file`() async throws {
        let run = try await StoredRun(accounts: 1)
        try await Self.target(.none, run.place.file("out")).write(run.id, of: run.store, keptFor: "x")
        #expect(try run.place.names() == [run.id.rawValue])
    }

    @Test(arguments: [OutputFormat.json, .table])
    func `a device keeps its name`(format: OutputFormat) throws {
        let (sink, commit) = try Self.target(format, "/dev/null").open()
        sink.line("x")
        try commit()
        #expect(FileDescriptor.isSpecial("/dev/null"))
        #expect(FileDescriptor(reading: "/dev/null.partial") == nil)
    }

    @Test(arguments: [OutputFormat.json, .ndjson, .table])
    func `a full disk is told with the command that writes the results again`(format: OutputFormat) async throws {
        let run = try await StoredRun.mixed()
        let error = await #expect(throws: CommandFailure.self) {
            try await Self.target(format, "/dev/full").write(run.id, of: run.store, keptFor: "cove results \(run.id)")
        }
        #expect(error?.status == .unavailable)
        #expect(
            error?.lines == [
                "output file /dev/full cannot be written: No space left on device",
                "the results are kept: cove results \(run.id)",
            ])
    }

    @Test func `a full disk ends what a run writes while it goes`() async throws {
        let run = try await StoredRun.mixed()
        for format in [OutputFormat.json, .ndjson] {
            let writer = SettledWriter(
                Self.target(format, "/dev/full"), store: run.store, run: run.id, keptFor: "cove results \(run.id)")
            let error = await #expect(throws: CommandFailure.self) { try await writer.finish() }
            #expect(error?.lines.last == "the results are kept: cove results \(run.id)")
        }
    }

    @Test func `what a run writes while it goes is what it writes at the end`() async throws {
        let run = try await StoredRun.mixed()
        for format in [OutputFormat.json, .ndjson, .table] {
            let path = run.place.file("settled")
            try await SettledWriter(Self.target(format, path), store: run.store, run: run.id, keptFor: "x").finish()
            #expect(try run.place.text("settled") == (try await run.written(format)))
        }
    }

    @Test func `a file that cannot be opened is told`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no/out")
        let error = #expect(throws: CommandFailure.self) { _ = try Self.target(.json, path).open() }
        #expect(error?.status == .invalidRequest)
        #expect(error?.lines == ["output file \(path) cannot be written: No such file or directory"])
    }

    @Test func `large pieces arrive whole, and after a failure nothing more is tried`() throws {
        let folder = try TemporaryFolder()
        do {
            let sink = OutputSink(try #require(FileDescriptor(writing: folder.file("out"))), name: "f")
            for number in 0..<50_000 { sink.line("\(number)") }
            sink.flush()
            #expect(sink.problem == nil)
        }
        #expect(
            try folder.text("out").split(separator: "\n").elementsEqual((0..<50_000).map { "\($0)" }) { $0 == $1 })
        let full = OutputSink(try #require(FileDescriptor(writing: "/dev/full")), name: "f")
        full.line("x")
        #expect(full.problem == nil)
        full.flush()
        #expect(full.problem == "f cannot be written: No space left on device")
        full.line(String(repeating: "x", count: 100_000))
        #expect(full.problem == "f cannot be written: No space left on device")
    }
}
