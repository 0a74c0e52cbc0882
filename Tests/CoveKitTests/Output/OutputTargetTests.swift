// SPDX-License-Identifier: Apache-2.0

import CoveCore
import Glibc
import Testing

@testable import CoveKit

/// Where results go, and what is told when they cannot.
@Suite struct OutputTargetTests {
    private static func target(_ format: OutputFormat, _ path: String) -> OutputTarget {
        OutputTarget(format: format, path: path, tableWidth: nil)
    }

    @Test(arguments: [OutputFormat.json, .table])
    func `a file takes its name when it is whole`(format: OutputFormat) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("out", "before".utf8)
        let output = try Self.target(format, path).open()
        output.sink.line("half")
        await output.sink.flush()
        #expect(try folder.text("out") == "before")
        #expect(try folder.text("out.\(getpid()).partial") == "half\n")
        output.sink.line("whole")
        try await output.commit()
        #expect(try folder.text("out") == "half\nwhole\n")
        #expect(try folder.names() == ["out"])
    }

    @Test func `a stream is written in place`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("out", "before".utf8)
        let output = try Self.target(.ndjson, path).open()
        output.sink.line("first")
        await output.sink.flush()
        #expect(try folder.text("out") == "first\n")
        #expect(try folder.names() == ["out"])
        try await output.commit()
        #expect(try folder.text("out") == "first\n")
    }

    @Test func `no output makes no file`() async throws {
        let run = try await StoredRun(accounts: 1)
        try await Self.target(.none, run.place.file("out")).write(run.id, of: run.store, keptFor: "x")
        #expect(try run.place.names() == [run.id.rawValue])
    }

    @Test(arguments: [OutputFormat.json, .table])
    func `a device keeps its name`(format: OutputFormat) async throws {
        let output = try Self.target(format, "/dev/null").open()
        output.sink.line("x")
        try await output.commit()
        #expect(FileDescriptor.isSpecial("/dev/null"))
        #expect(FileDescriptor(reading: "/dev/null.\(getpid()).partial") == nil)
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
                Self.target(format, "/dev/full"), reader: run.store, run: run.id, keptFor: "cove results \(run.id)")
            let error = await #expect(throws: CommandFailure.self) { try await writer.finish() }
            #expect(error?.lines.last == "the results are kept: cove results \(run.id)")
        }
    }

    @Test func `what a run writes while it goes is what it writes at the end`() async throws {
        let run = try await StoredRun.mixed()
        for format in [OutputFormat.json, .ndjson, .table] {
            let path = run.place.file("settled")
            try await SettledWriter(Self.target(format, path), reader: run.store, run: run.id, keptFor: "x").finish()
            #expect(try run.place.text("settled") == (try await run.written(format)))
        }
    }

    @Test func `a file that cannot be opened is told`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no/out")
        let error = #expect(throws: CommandFailure.self) { _ = try Self.target(.json, path).open() }
        #expect(error?.status == .unavailable)
        #expect(error?.lines == ["output file \(path) cannot be written: No such file or directory"])
    }

    @Test func `large pieces arrive whole, and after a failure nothing more is tried`() async throws {
        let folder = try TemporaryFolder()
        do {
            let sink = OutputSink(try #require(FileDescriptor(writing: folder.file("out"))), name: "f")
            for number in 0..<50_000 { sink.line("\(number)") }
            await sink.flush()
            #expect(sink.problem == nil)
        }
        #expect(
            try folder.text("out").split(separator: "\n").elementsEqual((0..<50_000).map { "\($0)" }) { $0 == $1 })
        let full = OutputSink(try #require(FileDescriptor(writing: "/dev/full")), name: "f")
        full.line("x")
        #expect(full.problem == nil)
        await full.flush()
        #expect(full.problem == "f cannot be written: No space left on device")
        full.line(String(repeating: "x", count: 100_000))
        #expect(full.problem == "f cannot be written: No space left on device")
    }

    @Test func `what could not be written whole is taken away, and the file keeps its bytes and its mode`() async throws
    {
        let folder = try TemporaryFolder()
        let path = try folder.write("out", "before".utf8)
        #expect(chmod(path, 0o600) == 0)
        let output = try Self.target(.json, path).open()
        output.sink.line("half")
        await output.sink.flush()
        #expect(FileDescriptor.mode(of: path + ".\(getpid()).partial") == 0o600)
        output.abandon()
        #expect(try folder.names() == ["out"])
        #expect(try folder.text("out") == "before")
    }

    @Test func `a link stays a link, and a file of the temporary name is left alone`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("real", "before".utf8)
        #expect(symlink(folder.file("real"), folder.file("link")) == 0)
        let output = try Self.target(.json, folder.file("link")).open()
        output.sink.line("after")
        try await output.commit()
        #expect(try folder.text("real") == "after\n")
        #expect(try folder.names().sorted() == ["link", "real"])
        _ = try folder.write("real.\(getpid()).partial", "mine".utf8)
        #expect(throws: CommandFailure.self) { try Self.target(.json, folder.file("real")).open() }
        #expect(try folder.text("real.\(getpid()).partial") == "mine")
    }

    @Test func `a reader without room is waited for, and a cancelled writer keeps the rest`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("pipe")
        #expect(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let sink = OutputSink(try #require(FileDescriptor(writing: path)), name: "pipe")
        let text = String(repeating: "0123456789", count: 30_000)
        sink.line(text)
        // A task that is cancelled already fills the pipe and then gives up instead of waiting.
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { [sink = SendableSink(sink)] in await sink.value.flush() }
        }
        #expect(sink.problem == nil)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < text.utf8.count + 1 {
            let count = read(reader, &chunk, chunk.count)
            if count > 0 { bytes += chunk[..<count] }
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask { [sink = SendableSink(sink)] in await sink.value.flush() }
            }
        }
        #expect(String(decoding: bytes, as: UTF8.self) == text + "\n")
    }
}

/// Hands a sink to one child task that is awaited before the sink is used again.
private struct SendableSink: @unchecked Sendable {
    let value: OutputSink
    init(_ value: OutputSink) { self.value = value }
}
