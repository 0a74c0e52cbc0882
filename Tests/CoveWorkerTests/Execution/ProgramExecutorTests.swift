// SPDX-License-Identifier: Apache-2.0

import CoveCore
import FoundationEssentials
import Testing

@testable import CoveWorker

@Suite(.timeLimit(.minutes(5)))
struct ProgramExecutorTests {
    @Test func `a program finds its session in its environment`() async throws {
        let workshop = try ProgramWorkshop()
        let environment = try await variables(workshop)
        #expect(environment["AWS_ACCESS_KEY_ID"] == "ASIAEXAMPLE")
        #expect(environment["AWS_SECRET_ACCESS_KEY"] == ProgramWorkshop.secret)
        #expect(environment["AWS_SESSION_TOKEN"] == ProgramWorkshop.token)
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "COVE_REGION"] { #expect(environment[name] == "eu-west-1") }
        #expect(environment["COVE_ACCOUNT_ID"] == "012345678901")
        #expect(environment["COVE_RUN_ID"] == "20261120-235959-k3x9q")
        #expect(environment["COVE_SESSION_INFORMATION"] == #"{"Id":"012345678901"}"#)
    }

    @Test func `a program without a region finds none, not even the worker's`() async throws {
        let workshop = try ProgramWorkshop(environment: ["AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"])
        let environment = try await variables(workshop, region: nil)
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "COVE_REGION"] { #expect(environment[name] == nil) }
    }

    @Test func `nothing that names another identity is inherited, and everything else is`() async throws {
        let identities = [
            "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
            "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CREDENTIAL_EXPIRATION",
            "AWS_ACCOUNT_ID", "AWS_BEARER_TOKEN_BEDROCK",
        ]
        let others = [
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:5001",
            "AWS_CA_BUNDLE": "/etc/ca.pem", "HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "localhost",
        ]
        let workshop = try ProgramWorkshop(
            environment: others.merging(identities.map { ($0, "other") }) { $1 })
        let environment = try await variables(workshop)
        for name in identities { #expect(environment[name] == nil, "\(name)") }
        for (name, value) in others { #expect(environment[name] == value) }
        #expect(environment["PATH"] == ProgramWorkshop.path)
    }

    @Test func `a variable that cannot be passed on keeps no program from starting`() async throws {
        let workshop = try ProgramWorkshop(environment: [
            "1PASSWORD": "x", "A=B": "x", "": "x", "NUL": "a\0b", "OK": "1",
        ])
        #expect(try await variables(workshop)["OK"] == "1")
    }

    @Test func `the command line holds no secret`() async throws {
        let workshop = try ProgramWorkshop()
        let line = try await workshop.shell("tr '\\0' ' ' < /proc/$$/cmdline")?.text
        #expect(line == #""sh -c tr '\\0' ' ' < /proc/$$/cmdline ""#)
    }

    @Test func `arguments arrive as they are`() async throws {
        let workshop = try ProgramWorkshop()
        let result = try await workshop.run("printf", ["<%s>", "a b", "*", "$HOME", "", "ü\n"])
        #expect(result == JSONText(string: "<a b><*><$HOME><><ü\n>"))
    }

    @Test func `stdin is empty`() async throws {
        #expect(try await ProgramWorkshop().run("cat") == nil)
    }

    @Test func `a program leads a session of its own and has no terminal`() async throws {
        let workshop = try ProgramWorkshop()
        let ids = try await workshop.shell(
            "cut -d' ' -f1,5,6 /proc/$$/stat; (: < /dev/tty) 2>/dev/null || echo none", parsing: .text)
        let lines = try #require(ids.map(ProgramWorkshop.string)).split(separator: "\n")
        let numbers = lines[0].split(separator: " ")
        #expect(numbers.count == 3)
        #expect(Set(numbers).count == 1)
        #expect(lines[1] == "none")
    }

    @Test func `output becomes a result as its parsing says`() async throws {
        let workshop = try ProgramWorkshop()
        #expect(try await workshop.shell("echo '{\"a\": 1.0}'", parsing: .auto)?.text == #"{"a": 1.0}"#)
        #expect(try await workshop.shell("echo 012345678901", parsing: .auto)?.text == #""012345678901""#)
        #expect(try await workshop.shell("echo 12", parsing: .json)?.text == "12")
        #expect(try await workshop.shell("echo '{}'", parsing: .text)?.text == #""{}""#)
        #expect(try await workshop.run("true", parsing: .json) == nil)
        let failure = try await workshop.failure("echo '{\"a\":}'; echo why >&2", parsing: .json)
        #expect(failure.type == "InvalidOutput")
        #expect(
            failure.message
                == #"the output of sh is not one JSON value: found "}", expected a value at byte 5"#)
        #expect(failure.exitCode == 0)
        #expect(failure.stderr == "why\n")
    }

    @Test func `a program that exits with a code fails with it and the end of stderr`() async throws {
        let failure = try await ProgramWorkshop().failure("echo lost; echo 'no such user' >&2; exit 3")
        #expect(
            failure
                == Failure(
                    type: "ProgramFailed", message: "sh exited with code 3", exitCode: 3, stderr: "no such user\n"))
    }

    @Test func `a program that a signal killed fails with the signal's name and a shell's code`() async throws {
        let failure = try await ProgramWorkshop().failure("kill -9 $$")
        #expect(
            failure == Failure(type: "ProgramFailed", message: "sh was killed by signal 9 (SIGKILL)", exitCode: 137))
    }

    @Test func `what a failure tells holds no secret, not even when the program prints its own`() async throws {
        let workshop = try ProgramWorkshop()
        let failure = try await workshop.failure("env >&2; printf %s $AWS_SESSION_TOKEN >&2; echo '{'; exit 1")
        let stderr = try #require(failure.stderr)
        #expect(stderr.contains("AWS_SECRET_ACCESS_KEY=[secret]\n"))
        #expect(stderr.hasSuffix("[secret]"))
        let invalid = try await workshop.failure("env >&2; echo x", parsing: .json)
        let large = try await ProgramWorkshop(resultBytes: 10).failure("env >&2; env")
        for text in try [failure, invalid, large].map(written) {
            #expect(!text.contains(ProgramWorkshop.secret) && !text.contains("t0k3n+"))
        }
    }

    @Test func `a program that cannot be started says why`() async throws {
        let workshop = try ProgramWorkshop()
        try workshop.write("echo no first line", to: "plain", mode: 0o755)
        try workshop.write("#!/no/such/interpreter\n", to: "lost", mode: 0o755)
        try workshop.write("#!/bin/sh\n", to: "locked", mode: 0o644)
        let folder = workshop.folder
        let cases: [(String, [String], String)] = [
            ("no-such-program", [], "the program no-such-program is not in any folder of PATH"),
            (folder + "/none", [], "the program \(folder)/none cannot be run: there is no such file"),
            (
                folder + "/locked", [],
                "the program \(folder)/locked cannot be run: it is not executable; set its permission with chmod +x"
            ),
            (
                folder + "/plain", [],
                "\(folder)/plain could not be started: it is neither a program for this machine "
                    + "nor a script that begins with #!"
            ),
            (
                folder + "/lost", [],
                "\(folder)/lost could not be started: the file, or the interpreter that its first line names, "
                    + "is missing or not executable"
            ),
            ("true", ["a", "b\0c"], "true could not be started: its argument 2 holds a NUL byte"),
            (
                "true", [String(repeating: "x", count: 1 << 18)],
                "true could not be started: its arguments and environment are larger than the system allows "
                    + "(Argument list too long)"
            ),
        ]
        for (program, arguments, message) in cases {
            let failure = try await workshop.failure { try await workshop.run(program, arguments) }
            #expect(failure == Failure(type: "ProgramNotStarted", message: message, isRetryable: false))
        }
    }

    @Test func `a program is not started where file descriptors run out`() async throws {
        let workshop = try ProgramWorkshop(gate: ProgramGate(hasDescriptors: { false }))
        for _ in 0..<10 {  // more than may start at a time: who is turned away makes room again
            let failure = try await workshop.failure("true")
            #expect(failure.type == "ProgramNotStarted")
            #expect(failure.isRetryable == true)
            #expect(failure.message.contains("Too many open files"))
        }
    }

    @Test func `two hundred programs at a time all give their own result`() async throws {
        let workshop = try ProgramWorkshop()
        let results = try await withThrowingTaskGroup(of: (Int, JSONText?).self) { group in
            for number in 0..<200 {
                group.addTask { (number, try await workshop.shell("echo \(number); echo noise >&2", parsing: .json)) }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1?.text }
        }
        #expect(results == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, "\($0)") }))
    }

    @Test func `hundreds of runs leave no descriptor open and no zombie`() async throws {
        let workshop = try ProgramWorkshop()
        try workshop.write("#!/no/such/interpreter\n", to: "lost", mode: 0o755)
        _ = try await workshop.run("true")
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        var processes: [String] = []
        for _ in 0..<100 {
            processes.append(try await workshop.shell("echo $$").map(ProgramWorkshop.string) ?? "")
            processes.append(try await workshop.failure("echo $$ >&2; exit 1").stderr ?? "")
            _ = try await workshop.failure { try await workshop.run(workshop.folder + "/lost") }
        }
        let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        // Other tests of this process open files meanwhile; a leak of one descriptor a run would be 300.
        #expect(after - before < 100, "\(before) before, \(after) after")
        #expect(processes.count == 200)
        for id in processes {
            let number = try #require(Int(id.filter(\.isNumber)))
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(number)"))
        }
    }

    private func variables(_ workshop: ProgramWorkshop, region: String? = "eu-west-1") async throws -> [String: String]
    {
        let text = try #require(try await workshop.run("env", region: region))
        let lines = ProgramWorkshop.string(text).split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(lines.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }) { $1 }
    }

    private func written(_ failure: Failure) throws -> String {
        var writer = JSONWriter()
        failure.write(to: &writer)
        return String(decoding: writer.bytes, as: UTF8.self) + "\(failure)" + String(reflecting: failure)
    }
}
