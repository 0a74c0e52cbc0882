// SPDX-License-Identifier: Apache-2.0

import CoveCore
import CoveTestSupport
import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import CoveWorker

/// What the settings of a program make of its start.
@Suite(.timeLimit(.minutes(5)))
struct ProgramSurroundingsTests {
    private func run(
        _ workshop: ProgramWorkshop, _ script: String, _ settings: ProgramSettings?, _ arguments: [String] = [],
        folder: String? = nil, region: String? = "eu-west-1"
    ) async throws -> JSONText? {
        try await workshop.executor.run(
            ProgramSpecification(
                program: "sh", arguments: ["-c", script, "sh"] + arguments, parsing: .text, workingDirectory: folder,
                settings: settings), in: workshop.session(region: region))
    }

    private func text(_ result: JSONText?) -> String { result.map(ProgramWorkshop.string) ?? "" }

    // MARK: Folders

    @Test func `a task's folder is empty, its own, and removed with what is in it`() async throws {
        let temporary = try TestFolder()
        let workshop = try ProgramWorkshop(environment: ["TMPDIR": temporary.path, "PWD": "/elsewhere"])
        let settings = ProgramSettings(folder: .task)
        let script = "ls -A; echo \"$PWD\"; pwd -P; stat -c %a .; echo \"${COVE_CALLER_FOLDER-none}\"; echo x >left"
        let first = text(try await run(workshop, script, settings, folder: workshop.folder)).split(separator: "\n")
        #expect(first.count == 4)
        #expect(first[0] == first[1] && first[0].hasPrefix(temporary.path + "/cove-"))
        #expect(first[2] == "700" && first[3] == workshop.folder)
        let second = text(try await run(workshop, script, settings)).split(separator: "\n")
        #expect(second.last == "none" && second[0] != first[0])
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.file("cove-\(getuid())")) == ["lock"])
    }

    @Test func `a failure and a cancellation remove the folder too`() async throws {
        let temporary = try TestFolder()
        let workshop = try ProgramWorkshop(environment: ["TMPDIR": temporary.path])
        await #expect(throws: Failure.self) {
            try await run(workshop, "echo x >left; exit 1", ProgramSettings(folder: .task))
        }
        _ = try await workshop.cancelled("echo x >left; echo >$DIR/ready; sleep 3600")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.file("cove-\(getuid())")) == ["lock"])
    }

    @Test func `the caller's folder is used where it is asked for, and where nothing is said`() async throws {
        let workshop = try ProgramWorkshop()
        for settings in [nil, ProgramSettings(), ProgramSettings(folder: .caller)] {
            let found = text(
                try await run(workshop, "pwd; echo $COVE_CALLER_FOLDER", settings, folder: workshop.folder))
            #expect(found == "\(workshop.folder)\n\(workshop.folder)")
        }
        // Without one there is a folder of the task's own.
        #expect(text(try await run(workshop, "pwd", nil)).contains("/cove-\(getuid())/"))
    }

    @Test func `a relative path is looked up in the caller's folder`() async throws {
        let workshop = try ProgramWorkshop()
        try workshop.write("#!/bin/sh\npwd\n", to: "tool", mode: 0o755)
        let program = ProgramSpecification(
            program: "./tool", parsing: .text, workingDirectory: workshop.folder,
            settings: ProgramSettings(folder: .task))
        #expect(text(try await workshop.executor.run(program, in: workshop.session())).contains("/cove-\(getuid())/"))
    }

    @Test func `a program without a folder is not started`() async throws {
        let workshop = try ProgramWorkshop(environment: ["TMPDIR": "/no/such/folder"])
        let failure = try await workshop.failure { try await run(workshop, "true", ProgramSettings(folder: .task)) }
        #expect(failure.type == "ProgramNotStarted")
        #expect(failure.message.hasPrefix("sh could not be started: the folder /no/such/folder/cove-"))
    }

    // MARK: Templates

    @Test func `each argument stays one argument, whatever the name is`() async throws {
        let workshop = try ProgramWorkshop()
        let names = ["a b", "'", "\"$(reboot)`", "ü\n😀", "*", #"{"a":1}"#]
        for name in names {
            let program = ProgramSpecification(
                program: "printf", arguments: ["<%s>", "n={name}", "{account}", "{region}", "{{name}}"], parsing: .text,
                settings: ProgramSettings(fillsTemplates: true))
            let result = try await workshop.executor.run(program, in: workshop.session(name: name))
            #expect(text(result) == "<n=\(name)><012345678901><eu-west-1><{name}>")
        }
    }

    @Test func `a value that is missing fails the task before it is started`() async throws {
        let workshop = try ProgramWorkshop()
        let settings = ProgramSettings(fillsTemplates: true)
        let region = try await workshop.failure { try await run(workshop, "true", settings, ["{region}"], region: nil) }
        #expect(
            region.message
                == "sh could not be started: its argument 4 has {region}, and the task has no region: name regions with --regions"
        )
        let name = try await workshop.failure { try await run(workshop, "true", settings, ["{name}"]) }
        #expect(
            name.type == "ProgramNotStarted" && name.message.contains("{name}, and the account's name is not known"))
    }

    // MARK: Memory

    private static let limited = ProgramSettings(memoryLimit: 64 << 20)

    @Test(arguments: [nil, limited])
    func `a program whose file was being written is started again`(settings: ProgramSettings?) async throws {
        let written = Mutex<(file: CInt, starts: Int)>((-1, 0))
        let gate = ProgramGate {
            written.withLock { written in
                written.starts += 1
                if written.starts == 3 { close(written.file) }
            }
            return true
        }
        let workshop = try ProgramWorkshop(gate: gate)
        try workshop.write("#!/bin/sh\necho done\n", to: "new", mode: 0o755)
        let path = workshop.folder + "/new"
        written.withLock { $0.file = open(path, O_WRONLY | O_CLOEXEC) }
        let result = try await workshop.executor.run(
            ProgramSpecification(program: path, arguments: [], parsing: .text, settings: settings),
            in: workshop.session(region: nil))
        #expect(result?.text == #""done""#)
        #expect(written.withLock { $0.starts } == 3)
    }

    @Test(arguments: [nil, limited])
    func `a program whose file is being written for long is not started`(settings: ProgramSettings?) async throws {
        let workshop = try ProgramWorkshop()
        try workshop.write("#!/bin/sh\necho done\n", to: "new", mode: 0o755)
        let path = workshop.folder + "/new"
        let file = open(path, O_WRONLY | O_CLOEXEC)
        defer { close(file) }
        let failure = try await workshop.failure {
            try await workshop.executor.run(
                ProgramSpecification(program: path, arguments: [], parsing: .text, settings: settings),
                in: workshop.session(region: nil))
        }
        #expect(failure.type == "ProgramNotStarted" && failure.isRetryable == true, "\(failure)")
        #expect(failure.message.contains("Text file busy"))
    }

    @Test func `a program and what it starts live under the limit`() async throws {
        let workshop = try ProgramWorkshop()
        let limits = text(
            try await run(
                workshop, "ulimit -v; ulimit -Hv; ulimit -c; sh -c 'ulimit -v'; setsid sh -c 'ulimit -v'", Self.limited)
        )
        #expect(limits == "65536\n65536\n0\n65536\n65536")
        // Without a limit there is none.
        #expect(text(try await run(workshop, "ulimit -v", nil)) == "unlimited")
    }

    @Test func `arguments, stdin, folder and exit code are as without a limit`() async throws {
        let workshop = try ProgramWorkshop()
        let arguments = ["a b", "", "*", "$HOME", "-", "--", "ü\n"]
        let script = "cat; for a in \"$@\"; do printf '<%s>' \"$a\"; done"
        let result = text(try await run(workshop, script, Self.limited, arguments))
        #expect(result == arguments.map { "<\($0)>" }.joined())
        let failure = try await workshop.failure { try await run(workshop, "echo lost >&2; exit 3", Self.limited) }
        #expect(
            failure
                == Failure(
                    type: "ProgramFailed",
                    message: "sh exited with code 3; its memory was limited to 64 MiB (--memory-limit)", exitCode: 3,
                    stderr: "lost\n"))
    }

    @Test func `more memory than the limit is not given`() async throws {
        let workshop = try ProgramWorkshop()
        // dd takes its buffer at once.
        let failure = try await workshop.failure {
            try await run(workshop, "dd if=/dev/zero of=/dev/null bs=256M count=1", Self.limited)
        }
        #expect(failure.message.contains("; its memory was limited to 64 MiB"))
        #expect(failure.stderr?.contains("memory exhausted") == true)
        _ = try await run(workshop, "dd if=/dev/zero of=/dev/null bs=16M count=1", Self.limited)
        _ = try await run(workshop, "dd if=/dev/zero of=/dev/null bs=256M count=1", nil)
    }

    @Test func `a variable that no shell could have keeps no program from starting`() async throws {
        let workshop = try ProgramWorkshop(environment: ["NOT.A.NAME": "x", "PLAIN": "y"])
        #expect(text(try await run(workshop, "echo $PLAIN", Self.limited)) == "y")
    }

    // MARK: Settings of another version

    @Test func `a setting that is not known keeps the program from starting`() async throws {
        let workshop = try ProgramWorkshop()
        let text =
            #"{"program":"touch","arguments":["\#(workshop.folder)/ran"],"parsing":"auto","settings":{"cpuLimit":1}}"#
        let program = try JSONDecoder().decode(ProgramSpecification.self, from: Data(text.utf8))
        let failure = try await workshop.failure { try await workshop.executor.run(program, in: workshop.session()) }
        #expect(failure.type == "NotSupported" && failure.isRetryable == false)
        #expect(failure.message.contains("does not know the setting cpuLimit of touch"))
        #expect(workshop.file("ran") == nil)
    }
}
